"""What tables, charts, lists and windows speak of, in six languages whose letters all fonts of PDF readers have."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of a language. `code` is its ISO 639-1 code, by which `texts` knows more of them."""

    code: str
    months: tuple[str, ...]
    days: tuple[str, ...]
    countries: tuple[str, ...]
    departments: tuple[str, ...]
    measures: tuple[str, ...]
    dishes: tuple[str, ...]
    goods: str
    total: str
    source: str
    table: str
    figure: str
    continued: str
    contents: str
    page: str
    menus: tuple[str, ...]
    buttons: tuple[str, ...]  # of which the first says yes and the second no
    settings: tuple[str, ...]
    folders: tuple[str, ...]
    columns: tuple[str, str, str]  # name, size and date of a file


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


# fmt: off
ENGLISH = Lexicon(
    code="en",
    months=_words("January, February, March, April, May, June, July, August, September, October, November, December"),
    days=_words("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    countries=_words("Austria, Belgium, Brazil, Canada, Chile, Denmark, Egypt, Finland, Greece, India, Japan, Kenya,"
                     "Mexico, Norway, Peru, Poland, Spain, Turkey"),
    departments=_words("Sales, Purchasing, Accounts, Workshop, Storage, Transport, Training, Research, Legal, Canteen"),
    measures=_words("Revenue, Costs, Visitors, Orders, Members, Output, Staff, Energy, Repairs, Complaints, Hours"),
    dishes=_words("Tomato soup, Green salad, Roast chicken, Fish pie, Mushroom risotto, Baked potato, Lamb stew,"
                  "Apple crumble, Cheese board, Chocolate cake, Ice cream, Garlic bread"),
    goods="Item", total="Total", source="Source", table="Table", figure="Figure", continued="continued",
    contents="Contents", page="Page",
    menus=_words("File, Edit, View, Insert, Format, Tools, Window, Help"),
    buttons=_words("OK, Cancel, Apply, Save, Close, Back, Next, Help, Print, Search, Delete, Send"),
    settings=_words("Language, Printer, Paper size, User name, Time zone, Colour, Folder, Server, Password hint,"
                    "Resolution, Volume, Keyboard"),
    folders=_words("Inbox, Sent, Drafts, Archive, Pictures, Music, Documents, Downloads, Projects, Backup"),
    columns=("Name", "Size", "Modified"),
)
GERMAN = Lexicon(
    code="de",
    months=_words("Januar, Februar, März, April, Mai, Juni, Juli, August, September, Oktober, November, Dezember"),
    days=_words("Montag, Dienstag, Mittwoch, Donnerstag, Freitag, Samstag, Sonntag"),
    countries=_words("Österreich, Belgien, Brasilien, Kanada, Chile, Dänemark, Ägypten, Finnland, Griechenland, Indien,"
                     "Japan, Kenia, Mexiko, Norwegen, Peru, Polen, Spanien, Türkei"),
    departments=_words("Verkauf, Einkauf, Buchhaltung, Werkstatt, Lager, Versand, Ausbildung, Forschung, Recht, Küche"),
    measures=_words("Umsatz, Kosten, Besucher, Aufträge, Mitglieder, Ausstoß, Personal, Energie, Reparaturen, Stunden"),
    dishes=_words("Tomatensuppe, Grüner Salat, Brathähnchen, Fischpfanne, Pilzrisotto, Ofenkartoffel, Linseneintopf,"
                  "Apfelstrudel, Käseplatte, Schokokuchen, Vanilleeis, Knoblauchbrot"),
    goods="Artikel", total="Summe", source="Quelle", table="Tabelle", figure="Abbildung", continued="Fortsetzung",
    contents="Inhalt", page="Seite",
    menus=_words("Datei, Bearbeiten, Ansicht, Einfügen, Format, Extras, Fenster, Hilfe"),
    buttons=_words("OK, Abbrechen, Übernehmen, Speichern, Schließen, Zurück, Weiter, Hilfe, Drucken, Suchen, Löschen,"
                   "Senden"),
    settings=_words("Sprache, Drucker, Papierformat, Benutzer, Zeitzone, Farbe, Ordner, Server, Auflösung, Lautstärke,"
                    "Tastatur"),
    folders=_words("Eingang, Gesendet, Entwürfe, Archiv, Bilder, Musik, Dokumente, Downloads, Projekte, Sicherung"),
    columns=("Name", "Größe", "Geändert"),
)
FRENCH = Lexicon(
    code="fr",
    months=_words("janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre"),
    days=_words("lundi, mardi, mercredi, jeudi, vendredi, samedi, dimanche"),
    countries=_words("Autriche, Belgique, Brésil, Canada, Chili, Danemark, Égypte, Finlande, Grèce, Inde, Japon, Kenya,"
                     "Mexique, Norvège, Pérou, Pologne, Espagne, Turquie"),
    departments=_words("Ventes, Achats, Comptabilité, Atelier, Stock, Transport, Formation, Recherche, Juridique"),
    measures=_words("Recettes, Dépenses, Visiteurs, Commandes, Membres, Production, Effectif, Énergie, Heures"),
    dishes=_words("Soupe à la tomate, Salade verte, Poulet rôti, Gratin de poisson, Risotto, Pomme au four,"
                  "Tarte aux pommes, Assiette de fromages, Gâteau au chocolat, Glace vanille, Pain à l'ail"),
    goods="Article", total="Total", source="Source", table="Tableau", figure="Figure", continued="suite",
    contents="Sommaire", page="Page",
    menus=_words("Fichier, Édition, Affichage, Insertion, Format, Outils, Fenêtre, Aide"),
    buttons=_words("OK, Annuler, Appliquer, Enregistrer, Fermer, Précédent, Suivant, Aide, Imprimer, Chercher,"
                   "Supprimer, Envoyer"),
    settings=_words("Langue, Imprimante, Papier, Utilisateur, Fuseau horaire, Couleur, Dossier, Serveur, Résolution,"
                    "Volume, Clavier"),
    folders=_words("Réception, Envoyés, Brouillons, Archives, Images, Musique, Documents, Projets, Sauvegarde"),
    columns=("Nom", "Taille", "Modifié"),
)
SPANISH = Lexicon(
    code="es",
    months=_words("enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre,"
                  "diciembre"),
    days=_words("lunes, martes, miércoles, jueves, viernes, sábado, domingo"),
    countries=_words("Austria, Bélgica, Brasil, Canadá, Chile, Dinamarca, Egipto, Finlandia, Grecia, India, Japón,"
                     "Kenia, México, Noruega, Perú, Polonia, España, Turquía"),
    departments=_words("Ventas, Compras, Cuentas, Taller, Almacén, Transporte, Formación, Investigación, Cocina"),
    measures=_words("Ingresos, Gastos, Visitantes, Pedidos, Socios, Producción, Personal, Energía, Horas"),
    dishes=_words("Sopa de tomate, Ensalada verde, Pollo asado, Pastel de pescado, Risotto, Patata asada,"
                  "Tarta de manzana, Tabla de quesos, Tarta de chocolate, Helado, Pan con ajo"),
    goods="Artículo", total="Total", source="Fuente", table="Tabla", figure="Figura", continued="continuación",
    contents="Índice", page="Página",
    menus=_words("Archivo, Editar, Ver, Insertar, Formato, Herramientas, Ventana, Ayuda"),
    buttons=_words("Aceptar, Cancelar, Aplicar, Guardar, Cerrar, Atrás, Siguiente, Ayuda, Imprimir, Buscar, Borrar"),
    settings=_words("Idioma, Impresora, Papel, Usuario, Zona horaria, Color, Carpeta, Servidor, Resolución, Volumen"),
    folders=_words("Entrada, Enviados, Borradores, Archivo, Imágenes, Música, Documentos, Descargas, Proyectos"),
    columns=("Nombre", "Tamaño", "Modificado"),
)
ITALIAN = Lexicon(
    code="it",
    months=_words("gennaio, febbraio, marzo, aprile, maggio, giugno, luglio, agosto, settembre, ottobre, novembre,"
                  "dicembre"),
    days=_words("lunedì, martedì, mercoledì, giovedì, venerdì, sabato, domenica"),
    countries=_words("Austria, Belgio, Brasile, Canada, Cile, Danimarca, Egitto, Finlandia, Grecia, India, Giappone,"
                     "Kenya, Messico, Norvegia, Perù, Polonia, Spagna, Turchia"),
    departments=_words("Vendite, Acquisti, Contabilità, Officina, Magazzino, Trasporti, Formazione, Ricerca, Mensa"),
    measures=_words("Ricavi, Costi, Visitatori, Ordini, Soci, Produzione, Personale, Energia, Riparazioni, Ore"),
    dishes=_words("Zuppa di pomodoro, Insalata verde, Pollo arrosto, Risotto ai funghi, Patate al forno,"
                  "Torta di mele, Tagliere di formaggi, Torta al cioccolato, Gelato, Pane all'aglio"),
    goods="Articolo", total="Totale", source="Fonte", table="Tabella", figure="Figura", continued="segue",
    contents="Indice", page="Pagina",
    menus=_words("File, Modifica, Visualizza, Inserisci, Formato, Strumenti, Finestra, Aiuto"),
    buttons=_words("OK, Annulla, Applica, Salva, Chiudi, Indietro, Avanti, Aiuto, Stampa, Cerca, Elimina, Invia"),
    settings=_words("Lingua, Stampante, Carta, Utente, Fuso orario, Colore, Cartella, Risoluzione, Volume, Tastiera"),
    folders=_words("Arrivo, Inviati, Bozze, Archivio, Immagini, Musica, Documenti, Scaricati, Progetti"),
    columns=("Nome", "Dimensione", "Modificato"),
)
DUTCH = Lexicon(
    code="nl",
    months=_words("januari, februari, maart, april, mei, juni, juli, augustus, september, oktober, november, december"),
    days=_words("maandag, dinsdag, woensdag, donderdag, vrijdag, zaterdag, zondag"),
    countries=_words("Oostenrijk, België, Brazilië, Canada, Chili, Denemarken, Egypte, Finland, Griekenland, India,"
                     "Japan, Kenia, Mexico, Noorwegen, Peru, Polen, Spanje, Turkije"),
    departments=_words("Verkoop, Inkoop, Boekhouding, Werkplaats, Magazijn, Vervoer, Opleiding, Onderzoek, Kantine"),
    measures=_words("Omzet, Kosten, Bezoekers, Bestellingen, Leden, Productie, Personeel, Energie, Reparaties, Uren"),
    dishes=_words("Tomatensoep, Groene salade, Gebraden kip, Vispan, Risotto, Gepofte aardappel, Appeltaart,"
                  "Kaasplank, Chocoladetaart, Vanille-ijs, Knoflookbrood"),
    goods="Artikel", total="Totaal", source="Bron", table="Tabel", figure="Figuur", continued="vervolg",
    contents="Inhoud", page="Pagina",
    menus=_words("Bestand, Bewerken, Beeld, Invoegen, Opmaak, Extra, Venster, Help"),
    buttons=_words("OK, Annuleren, Toepassen, Opslaan, Sluiten, Vorige, Volgende, Help, Afdrukken, Zoeken, Wissen"),
    settings=_words("Taal, Printer, Papier, Gebruiker, Tijdzone, Kleur, Map, Server, Resolutie, Volume, Toetsenbord"),
    folders=_words("Postvak, Verzonden, Concepten, Archief, Foto's, Muziek, Documenten, Downloads, Projecten"),
    columns=("Naam", "Grootte", "Gewijzigd"),
)
# fmt: on
LEXICONS = (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, DUTCH)


def lexicon(random: Random) -> Lexicon:
    """The language of a document: English in every other one."""
    return ENGLISH if random.random() < 0.5 else random.choice(LEXICONS[1:])

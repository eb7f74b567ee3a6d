"""The labels that papers of many trades share, in the languages of Latin script, and what each of them asks for.

A row is: the noun that a question uses, the type of the value, the labels that mean it, as `keys.bare` writes them.

Types: code, date, amount, phone, email, website, percent, count, time (their form proves a value); name and text
(any short text, taken only where the layout leaves no doubt); address (several lines).
"""

TABLE = """
invoice number | code | invoice number; cash inv no; cash invoice no; cash sales no; invoice no; invoice nr; invoice
  num; invoice id; inv no; invoice; inv; bill no; bill number; tax invoice no; tax invoice number; rechnungsnummer;
  rechnungsnr; rechnungs-nr; rechnung nr; rechnung no; rechnung; re-nr; facture n; facture no; facture; numéro de
  facture; n de facture; no de facture; no facture; factuurnummer; factuurnr; factuur nummer; factuur nr; factuur;
  número de factura; no de factura; factura no; factura; núm factura; no factura; numero fattura; fattura no; fattura
  n; fattura nr; no fattura; fattura; número da fatura; fatura no; fatura; no da fatura; numer faktury; nr faktury;
  faktura nr; faktura vat nr; faktura no; faktura vat; fakturanummer; fakturanr; belegnummer; beleg-nr; belegnr
credit note number | code | credit note number; credit note no; credit memo no; gutschriftsnummer; creditnota nummer
quotation number | code | quotation no; quote no; quote number; quotation number; angebotsnummer; offertenummer; numéro
  de devis; devis no; estimate no; estimate number
order number | code | order number; order no; order id; order nr; order; your order; bestellnummer; bestellnr;
  bestell-nr; auftragsnummer; auftragsnr; auftrags-nr; ordernummer; ordernr; bestelnummer; numéro de commande; no de
  commande; no commande; commande no; commande n; número de pedido; no de pedido; pedido no; numero ordine; ordine no;
  número do pedido; numer zamówienia; nr zamówienia; zamówienie nr
purchase order number | code | po number; po no; po; p/o no; purchase order number; purchase order no; purchase order;
  customer po; cust po no; po ref
delivery note number | code | delivery note no; delivery note number; delivery note; lieferscheinnummer;
  lieferschein-nr; lieferscheinnr; lieferschein nr; bon de livraison no; d/o no; do no; pakbonnummer
customer number | code | customer number; customer no; customer id; customer code; cust no; cust id; kundennummer;
  kundennr; kunden-nr; kunden nr; klantnummer; klantnr; klant; client id; client no; client number; id client;
  idclient; numéro client; numéro de client; no client; code client; no de client; número de cliente; no de cliente;
  cliente no; código de cliente; codice cliente; numero cliente; número do cliente; numer klienta; nr klienta;
  debitor-nr; debitorennummer; debiteurnummer; kundnummer
account number | code | account number; account no; acct no; acc no; a/c no; a/c number; bank account no; bank account
  number; bank account; kontonummer; kontonr; konto-nr; kto nr; kto-nr; kto; rekeningnummer; rekeningnr; numéro de
  compte; no de compte; número de cuenta; no de cuenta; numero conto; c/c no; número da conta; numer konta; nr konta;
  nr rachunku; numer rachunku; konto
reference number | code | reference number; reference no; ref no; ref number; ref nr; our reference; our ref; your
  reference; your ref; reference; ref; unser zeichen; ihr zeichen; aktenzeichen; referenz; referenznummer; référence;
  réf; notre référence; votre référence; kenmerk; ons kenmerk; uw kenmerk; referentie; referencia; su referencia;
  riferimento; rif; referência; znak sprawy; numer referencyjny
document number | code | document number; document no; doc no; doc number; doc id; dokumentnummer; documentnummer;
  numero documento; no documento; documento no; número de documento; numer dokumentu; nr dokumentu
contract number | code | contract number; contract no; contract id; agreement no; agreement number; vertragsnummer;
  vertragsnr; vertrags-nr; contractnummer; numéro de contrat; no de contrat; contrat no; número de contrato; contrato
  no; numero contratto; contratto no; numer umowy; nr umowy; umowa nr
case number | code | case number; case no; case id; numéro de dossier; no de dossier; dossier no; dossiernummer
docket number | code | docket number; docket no
file number | code | file number; file no
application number | code | application number; application no; application id; antragsnummer
registration number | code | registration number; registration no; reg no; regn no; registration id; company
  registration no; company registration number; company reg no; company reg number; co reg no; co no;
  registrierungsnummer; handelsregisternummer; registratienummer; numéro d'immatriculation; número de registro; numer
  rejestracyjny
policy number | code | policy number; policy no; policennummer; versicherungsnummer; polisnummer; numéro de police;
  número de póliza; numero polizza; numer polisy; nr polisy
claim number | code | claim number; claim no; schadennummer; schadenummer
member number | code | member number; member no; member id; membership number; membership no; membership id;
  mitgliedsnummer; lidnummer; numéro d'adhérent; número de socio
student number | code | student number; student no; student id; matrikelnummer; studentnummer
employee number | code | employee number; employee no; employee id; personalnummer; personeelsnummer; emp id; emp no
patient number | code | patient number; patient no; patient id; mrn; medical record number
meter number | code | meter number; meter no; zählernummer; zähler-nr; meternummer
permit number | code | permit number; permit no; license number; license no; licence number; licence no; driver's
  license number; driver's license no; driver license number; führerscheinnummer; kenteken; kennzeichen; license plate
passport number | code | passport number; passport no; reisepassnummer; passnummer; numéro de passeport;
  paspoortnummer; número de pasaporte; numero passaporto; número do passaporte; numer paszportu
ID number | code | id number; id no; identity number; identity card no; identification number; identity card number; ic
  no; nric; nric no; personalausweisnummer; ausweisnummer; bsn; dni; nif; nie; pesel; codice fiscale; carte d'identité
  no; número de identificación; national id; national id number
social security number | code | social security number; social security no; ssn; sozialversicherungsnummer; numéro de
  sécurité sociale; número de seguridad social
tracking number | code | tracking number; tracking no; sendungsnummer; sendungs-nr; trackingnummer
ticket number | code | ticket number; ticket no; ticket id; ticketnummer
serial number | code | serial number; serial no; s/n; seriennummer; serien-nr; serienummer; numéro de série; número de
  serie; numero di serie; numer seryjny
item number | code | item number; item no; item code; artikelnummer; artikel-nr
product code | code | product code; product no; product number
model number | code | model number; model no
batch number | code | batch number; batch no; lot number; lot no
project number | code | project number; project no; project id; projektnummer; projectnummer
receipt number | code | receipt number; receipt no; receipt; receipt id; rcpt no; rcpt; quittungsnummer; bon-nr; bonnr;
  bon nr; bonnummer; ticket de caisse no; no de reçu; reçu no; kassabon; nr paragonu; numero scontrino; no de recibo;
  recibo no; slip no; cash bill no; bill
booking number | code | booking number; booking no; booking id; booking reference; buchungsnummer; reservation number;
  reservation no; confirmation number; confirmation no; boekingsnummer; reserveringsnummer; numéro de réservation;
  número de reserva; numero prenotazione; buchungscode
transaction number | code | transaction number; transaction no; transaction id; trans no; trans id; trx no;
  transaktionsnummer; transactienummer
terminal number | code | terminal id; terminal no; terminal; tid; terminal-id; terminalnummer
table number | code | table no; table number; tisch-nr; tisch; tafel
VAT number | code | vat number; vat no; vat reg no; vat registration no; vat registration number; vat id; vat id no;
  vat; ust id; ustid; ust-id; ust-id-nr; ust-idnr; ust idnr; ustidnr; ustid-nr; umsatzsteuer-id; umsatzsteuer-idnr; btw
  nummer; btw-nummer; btw nr; btw-nr; btw-id; btw; uw btw nummer; numéro de tva; no tva; no de tva; tva; numéro tva;
  tva intracommunautaire; no tva intracommunautaire; no de tva intra communautaire; no de tva intracommunautaire;
  partita iva; p iva; p iva/cf; vat/tin; nif/cif; cif; n iva; nip; numer nip; uid; uid-nr; mva; vat code
GST number | code | gst no; gst id; gst id no; gst number; gst reg no; gst registration no; gst registration number;
  gstin; gstin no; gst#; gst; gst reg; gst reg id; gstin/uin
tax number | code | tax id; tax number; tax no; tax id no; tax identification number; tin; tin no; ein; federal tax id;
  employer identification number; steuernummer; steuer nr; steuer-nr; stnr; st-nr; st nr; service tax no; numéro
  fiscal; número de contribuinte; numero fiscale; rfc; cnpj; cpf; abn; abn no; rfc no; pan; pan no
company number | code | company number; company no; crn; hrb; hrb-nr; kvk; kvk nummer; kvk-nummer; kvk nr; siren;
  siret; no siret; no siren; numéro siret; rcs; regon; krs; nr krs; coc; coc number; coc no; cin
IBAN | code | iban; iban no; iban code; iban-nr; iban nummer
BIC | code | bic; swift; swift code; bic/swift; swift/bic; bic-code; bic code; swift-code; swift bic; bic/swift code
bank code | code | bank code; blz; bankleitzahl; sort code; routing number; routing no; ifsc; ifsc code; aba no; aba
  number; branch code
ISBN | code | isbn; isbn-13; isbn-10
ISSN | code | issn
DOI | code | doi
postal code | code | postal code; postcode; post code; zip code; zip; zip/postal code; plz; postleitzahl; code postal;
  código postal; cap; cep; kod pocztowy
phone number | phone | phone; phone no; phone number; telephone; telephone no; telephone number; tel; tel no; tél; t;
  téléphone; telefon; telefonnummer; tel-nr; telefoon; telefoonnummer; tel nr; teléfono; telefono; telefone; ph; ph no;
  contact no; contact number; daytime phone; home phone; work phone; tlf; telefon nr; nr telefonu; numer telefonu
mobile number | phone | mobile; mobile no; mobile number; mobile phone; cell; cell phone; cell no; mobil; handy; gsm;
  portable; móvil; cellulare; cell phone number; telemóvel; mobiel; hp no; h/p; tel portable; telefon komórkowy
fax number | phone | fax; fax no; fax number; telefax; faxnummer; télécopie; faks; fax nr
date | date | date; datum; fecha; data; dato; datum/date; dated; dt; bill date
invoice date | date | invoice date; date of invoice; date invoice; inv date; invoice dt; tax invoice date; invoice
  dated; rechnungsdatum; rechnung vom; date de facture; date de la facture; date facture; date de facturation;
  factuurdatum; factuur datum; datum factuur; fecha de factura; fecha factura; fecha de la factura; data fattura; data
  della fattura; data da fatura; data faktury; data wystawienia faktury; fakturadatum; fakturadato; belegdatum
due date | date | due date; payment due date; payment due; payment due by; due by; pay by; due; due on; payable by;
  date due; please pay by; fälligkeitsdatum; fällig am; fällig; zahlbar bis; zahlungsziel; vervaldatum; vervaldag;
  betaaldatum; uiterste betaaldatum; te betalen voor; date d'échéance; échéance; date limite de paiement; à payer
  avant; fecha de vencimiento; vencimiento; fecha vencimiento; data di scadenza; scadenza; data scadenza; data de
  vencimento; vencimento; termin płatności; termin zapłaty; förfallodatum; forfaldsdato; payment date due; fälligkeit
order date | date | order date; date of order; ordered on; bestelldatum; auftragsdatum; orderdatum; besteldatum; date
  de commande; date commande; fecha de pedido; fecha pedido; data ordine; data do pedido; data zamówienia; po date
issue date | date | issue date; date of issue; date issued; issued; issued on; issued date; ausstellungsdatum;
  ausgestellt am; datum van uitgifte; date d'émission; date d'emission; émis le; fecha de emisión; fecha emisión; fecha
  de expedición; data di emissione; data emissione; data de emissão; data wystawienia; data wystawienia dokumentu; data
  de emissao
receipt date | date | receipt date; sales date; transaction date; purchase date; date of purchase; date/time; date &
  time; date time; trx date; trans date; date of receipt
delivery date | date | delivery date; date of delivery; delivered on; lieferdatum; leistungsdatum; liefertermin;
  leverdatum; leveringsdatum; date de livraison; fecha de entrega; data di consegna; data de entrega; data dostawy;
  data sprzedaży; data dostawy/wykonania usługi; data dostawy / wykonania usługi; date of supply; tax point; ship date;
  shipped on; shipping date; versanddatum; tax point date; data wykonania usługi
payment date | date | payment date; date of payment; date paid; paid on; paid date; zahlungsdatum; bezahlt am; date de
  paiement; fecha de pago; data di pagamento; data płatności; data zapłaty
statement date | date | statement date; date of statement; auszugsdatum; date du relevé; billing date; bill date
start date | date | start date; date of commencement; commencement date; startdatum; beginn; vertragsbeginn; date de
  début; ingangsdatum; begindatum; fecha de inicio; data di inizio; data de início; data rozpoczęcia; beginning date;
  start; mietbeginn; valid from; gültig ab; flight start date; lease start date; eintrittsdatum; date of joining;
  joining date
end date | date | end date; enddatum; ende; vertragsende; einddatum; date de fin; fecha de fin; fecha fin; data di
  fine; data de término; data zakończenia; termination date; ending date; flight end date; lease end date
date of birth | date | date of birth; birth date; dob; birthdate; geburtsdatum; geboren am; geboortedatum; geb datum;
  date de naissance; né le; née le; né(e) le; fecha de nacimiento; data di nascita; nato il; data de nascimento; data
  urodzenia; d o b; fødselsdato; födelsedatum
expiry date | date | expiry date; expiration date; valid until; valid to; valid thru; expires; expires on; expires at;
  expiry; gültig bis; ablaufdatum; geldig tot; geldig tot en met; date d'expiration; valable jusqu'au; válido hasta;
  fecha de caducidad; valido fino al; data de validade; ważny do; ważne do; data ważności; exp date; best before
effective date | date | effective date; date effective; effective from; effective as of; inkrafttreten; in kraft ab;
  date d'effet; date d'entrée en vigueur; fecha efectiva; fecha de entrada en vigor; data di decorrenza; data wejścia w
  życie; inwerkingtreding
contract date | date | contract date; agreement date; date of agreement; date of contract; vertragsdatum;
  contractdatum; date du contrat; fecha del contrato; data del contratto; data do contrato; data umowy; data zawarcia
  umowy; lease date
application date | date | application date; date of application; antragsdatum; date de la demande; fecha de solicitud
registration date | date | registration date; date of registration; date registered; registratiedatum; anmeldedatum;
  data rejestracji; fecha de registro
publication date | date | publication date; date of publication; published; published on; date published
hire date | date | hire date; date of hire; einstellungsdatum
filing date | date | filing date; date filed; filed; date of filing; date of report; report date
hearing date | date | hearing date; meeting date; date of meeting; event date; date of event; veranstaltungsdatum
arrival date | date | arrival date; date of arrival; arrival; check in; check-in; check in date; check-in date;
  anreise; aankomst; arrivée; llegada; arrivo; przyjazd
departure date | date | departure date; date of departure; departure; check out; check-out; check out date; check-out
  date; abreise; vertrek; départ; salida; partenza; wyjazd
date received | date | date received; received; received on; received date; eingangsdatum; eingegangen am
date signed | date | date signed; signed on; signature date; date of signature; unterzeichnet am
total | amount | total; total amount; invoice total; total invoice; total invoice amount; invoice amount; bill amount;
  bill total; total bill; receipt total; order total; total price; total cost; total charges; total for this invoice;
  totaal; totaalbedrag; totaal bedrag; factuurbedrag; factuurtotaal; factuur totaal; eindtotaal; gesamt; gesamtbetrag;
  gesamtsumme; gesamtpreis; summe; rechnungsbetrag; rechnungssumme; endsumme; endbetrag; totale; totale fattura; totale
  documento; importo totale; totale da pagare; montant total; total facture; total de la facture; montant de la
  facture; importe total; total factura; total de la factura; valor total; total da fatura; total geral; total general;
  suma; razem; łącznie; wartość całkowita; kwota całkowita; ogółem; totalt; i alt; net total; nett total; total net;
  total sales; total rounded; rounded total; total after rounding; total amt; amt; sum; kwota; betrag; montant;
  importe; bedrag; nettotal; rounded total (rm); total due this invoice
grand total | amount | grand total; total general; total geral; totaux; grandtotal; somma totale; suma całkowita
subtotal | amount | subtotal; sub total; sub-total; zwischensumme; subtotaal; sous-total; sous total; subtotale;
  subtotal iva; suma częściowa; delsumma; items subtotal; item subtotal; subtot; sub-tot
amount due | amount | amount due; due; amount to be paid; total due; total amount due; amount payable; total payable;
  amt due; total amount payable; net amount due; net payable; amount to pay; total to pay; to pay; pay this amount;
  please pay; now due; payment amount; zahlbetrag; zu zahlen; zu zahlender betrag; noch zu zahlen; te betalen; te
  betalen bedrag; totaal te betalen; net à payer; somme à payer; montant à payer; montant dû; total à payer; reste à
  payer; total a pagar; importe a pagar; a pagar; da pagare; netto a pagare; importo da pagare; valor a pagar; do
  zapłaty; kwota do zapłaty; razem do zapłaty; pozostało do zapłaty; att betala; at betale; amount owed; total owing;
  amount owing; total amount owed
balance due | amount | balance due; balance; outstanding balance; openstaand bedrag; balance owing; saldo; offener
  betrag; balance outstanding; new balance; current balance; closing balance
opening balance | amount | opening balance; previous balance; beginning balance
total including tax | amount | total ttc; total incl tax; total including tax; total incl vat; total including vat;
  total inc vat; total incl gst; total including gst; total inc gst; total inclusive of gst; total inclusive gst; total
  sales (inclusive of gst); total (inclusive of gst); total (incl gst); total with gst; total inc tax; total sales
  inclusive gst; total sales incl gst; total amount incl gst; total amount inc gst; total incl btw; totaal incl btw;
  totaal inclusief btw; inclusief btw; incl btw; totaal (incl btw); gesamt brutto; gesamtbetrag brutto; summe brutto;
  bruttosumme; gesamtbetrag inkl mwst; gesamtbetrag inkl ust; gesamt inkl mwst; summe inkl mwst; total inkl mwst;
  montant ttc; montant total ttc; total con iva; total iva incluido; iva incluido; totale ivato; totale iva inclusa;
  totale con iva; total com iva; total c/ iva; razem brutto; wartość brutto; kwota brutto; brutto; suma brutto; amount
  incl vat; amount including vat; gesamtbetrag (brutto); endbetrag brutto; total gross; total (incl tax); total (incl
  vat); total payable incl gst; total amount (incl gst); amt paid incl gst
total before tax | amount | total ht; total before tax; total excl tax; total excluding tax; total excl vat; total ex
  vat; total excluding vat; total exclusive of gst; total excluding gst; total excl gst; total (excluding gst); total
  sales (excluding gst); total sales excluding gst; totaal excl btw; totaal exclusief btw; excl btw; exclusief btw;
  subtotaal excl btw; montant ht; montant total ht; base imponible; imponibile; totale imponibile; suma netto; razem
  netto; wartość netto; kwota netto; base imposable; netto; nettosumme; summe netto; gesamt netto; gesamtbetrag netto;
  rechnungsbetrag netto; taxable amount; taxable value; amount excl vat; amount excluding vat; grondslag; valor
  tributável
tax | amount | tax; sales tax; total tax; tax amount; service tax; tax total; state tax; steuer; taxe; impuesto;
  imposta; imposto; podatek
VAT | amount | vat; tva; mwst; btw; iva; ust; vat amount; total vat; mehrwertsteuer; umsatzsteuer; mwst-betrag; btw
  bedrag; btw-bedrag; montant tva; total tva; montant de la tva; cuota iva; importe iva; totale iva; importo iva; valor
  iva; total iva; kwota vat; podatek vat; moms; zzgl mwst; zzgl ust; enthaltene mwst; mwst betrag
GST | amount | gst; total gst; gst amount; gst amt; cgst; sgst; igst; gst payable; add gst
shipping cost | amount | shipping; shipping cost; shipping & handling; shipping and handling; freight; postage;
  versandkosten; versand; porto; verzendkosten; frais de port; frais de livraison; livraison; gastos de envío; spese di
  spedizione; portes; koszt wysyłki; koszty wysyłki; delivery charge; delivery fee; shipping fee; carriage
discount | amount | discount; total discount; rabatt; remise; korting; descuento; sconto; desconto; rabat; less
  discount
deposit | amount | deposit; security deposit; kaution; caution; anzahlung; acompte; aanbetaling; borg; waarborgsom;
  depósito; fianza; acconto; caparra; zaliczka; kaucja; mietkaution
rent | amount | rent; monthly rent; base rent; miete; kaltmiete; warmmiete; loyer; loyer mensuel; huur; huurprijs;
  renta; renta mensual; canone; aluguel; czynsz
salary | amount | salary; annual salary; base salary; gross salary; net salary; gehalt; bruttogehalt; salaire; salaris;
  salario; stipendio; wynagrodzenie; net pay; gross pay; take home pay
service charge | amount | service charge; svc charge; service fee; nebenkosten; servicekosten; serv charge; s/charge
rounding | amount | rounding; rounding adj; rounding adjustment; rounding adjust; rounding adjusment; round adj;
  afronding; rundung; arrondi; redondeo; round off; rounding amount; bill rounding; rnd adj
cash paid | amount | cash; cash tendered; cash received; tendered; cash paid; bar; gegeben; contant; espèces; efectivo;
  contanti; gotówka; amount tendered; payment; cash tender
change | amount | change; change due; change amount; rückgeld; wechselgeld; wisselgeld; rendu; monnaie; cambio; resto;
  troco; reszta; changes; total change; change amt
amount paid | amount | amount paid; total paid; paid; paid amount; bereits gezahlt; betaald; reeds betaald; déjà réglé;
  montant payé; importe pagado; pagato; zapłacono; payment received; payments; less payments
net amount | amount | net amount; nettobetrag; netto bedrag; nettobedrag; net; importo netto; valor líquido
gross amount | amount | gross amount; bruttobetrag; brutobedrag; bruto; gross
unit price | amount | unit price
fee | amount | fee; fees; total fee; gebühr; registration fee; application fee; filing fee
credit limit | amount | credit limit; loan amount; contract value; contract amount; contract sum; purchase price;
  price; kaufpreis; contract price; auftragswert
name | name | name; full name; your name; nom; naam; nombre; nome; imię i nazwisko; nom et prénom; nom / prénom; nombre
  y apellidos; nome e cognome; nome completo; name, vorname; nachname, vorname; printed name; print name; volledige
  naam; vor- und nachname
first name | name | first name; given name; given names; forename; forename(s); given name(s); first name(s); vorname;
  vornamen; vorname(n); voornaam; voornamen; prénom; prénoms; prénom(s); nombre de pila; primer nombre; nombre(s);
  primeiro nome; imię; imiona; christian name
last name | name | last name; surname; family name; nachname; familienname; zuname; achternaam; nom de famille;
  apellido; apellidos; apellido(s); cognome; sobrenome; apelido; nazwisko; last name(s)
middle name | name | middle name; middle initial; segundo nombre
maiden name | name | maiden name; birth name; geburtsname; nom de jeune fille; nom de naissance; meisjesnaam
customer | name | customer; customer name; client; client name; kunde; klantnaam; nom du client; cliente; nabywca;
  klient
guest | name | guest; guest name
patient | name | patient; patient name; name of patient; patient's name
student | name | student; student name; name of student; student's name
applicant | name | applicant; applicant name; name of applicant; applicant's name; antragsteller; demandeur; aanvrager
employee | name | employee; employee name; arbeitnehmer; werknemer; salarié; name of employee; employee's name
employer | name | employer; employer name; name of employer; arbeitgeber; werkgever; employeur; employer's name
landlord | name | landlord; lessor; vermieter; verhuurder; bailleur; arrendador; locatore; wynajmujący; name of
  landlord
tenant | name | tenant; lessee; mieter; huurder; locataire; arrendatario; conduttore; najemca; name of tenant
buyer | name | buyer; purchaser; käufer; acheteur; koper; comprador; acquirente; kupujący; name of buyer
seller | name | seller; sold by; vendor; vendor name; supplier; supplier name; service provider; issued by; issuer;
  verkäufer; lieferant; verkoper; leverancier; vendeur; fournisseur; proveedor; vendedor; fornitore; cedente;
  fornecedor; sprzedawca; wystawca; dostawca; emisor; prestataire; leistungserbringer; name of seller; from company;
  rechnungssteller
contractor | name | contractor; auftragnehmer; opdrachtnemer; contratista; wykonawca
licensor | name | licensor
licensee | name | licensee
borrower | name | borrower; kreditnehmer
lender | name | lender; kreditgeber
account holder | name | account holder; account name; kontoinhaber; rekeninghouder; titulaire du compte; titular;
  intestatario; beneficiary; beneficiary name; name of account; account title; begünstigter; ten name van; t.n.v
contact person | name | contact person; contact; contact name; ansprechpartner; contactpersoon; interlocuteur; personne
  à contacter; persona de contacto; referente; osoba kontaktowa; attention; attn; z hd; your contact
cashier | name | cashier; cashier name; kassierer; caissier; cajero; kasjer; served by; bediener; you were served by
salesperson | name | salesperson; sales person; salesman; sales rep; sales representative; account executive;
  verkäufer/in
advertiser | name | advertiser
bank | name | bank; bank name; name of bank; geldinstitut; kreditinstitut; banque; nom de la banque; banco; nazwa banku
company | name | company; company name; name of company; firma; firmenname; bedrijf; bedrijfsnaam; société; raison
  sociale; nom de l'entreprise; empresa; razón social; ragione sociale; azienda; denominazione; nazwa firmy; business
  name; organization; organisation; name of organization
author | name | author; authors; auteur; autor; prepared by; verfasser; autore
signatory | name | signed by; approved by; authorized by; requested by; reviewed by
address | address | address; adresse; anschrift; adres; dirección; indirizzo; endereço; mailing address; postal
  address; home address; street address; street; straße; strasse; straat; rue; calle; via; ulica; business address;
  permanent address; current address; residential address; domicilio; wohnanschrift; office address; registered office;
  registered address; company address; property address; address line 1; street and number; straße und hausnummer;
  straße, nr; straße, hausnummer
billing address | address | billing address; spettle; spett le; bill to; billed to; bill to address; invoice to;
  invoice address; sold to; rechnungsadresse; rechnungsanschrift; rechnung an; rechnungsempfänger; factuuradres;
  factuur aan; adresse de facturation; facturé à; facturer à; facturation; dirección de facturación; facturar a;
  facturado a; indirizzo di fatturazione; fatturare a; endereço de faturação; faturar a; charge to; invoiced to
shipping address | address | shipping address; ship to; shipped to; ship to address; delivery address; deliver to;
  lieferadresse; lieferanschrift; afleveradres; bezorgadres; verzendadres; adresse de livraison; livré à; livrer à;
  dirección de envío; dirección de entrega; enviar a; indirizzo di spedizione; indirizzo di consegna; destinazione;
  endereço de entrega; adres dostawy; warenempfänger
city | name | city; town; city/town; ort; wohnort; stadt; ville; plaats; woonplaats; stad; ciudad; localidad; città;
  comune; cidade; miasto; miejscowość; suburb; city, state
state | name | state; province; state/province; bundesland; kanton; région; provincie; provincia; estado; województwo;
  county; state / province
country | name | country; land; pays; país; paese; kraj; nation; country of residence
nationality | name | nationality; citizenship; staatsangehörigkeit; nationalität; nationalité; nationaliteit;
  nacionalidad; cittadinanza; nazionalità; nacionalidade; narodowość; obywatelstwo
place of birth | name | place of birth; birthplace; geburtsort; geboorteplaats; lieu de naissance; lugar de nacimiento;
  luogo di nascita; local de nascimento; miejsce urodzenia
gender | name | gender; sex; geschlecht; geslacht; sexe; sexo; sesso; płeć
marital status | name | marital status; familienstand; burgerlijke staat; état civil; estado civil; stato civile
occupation | name | occupation; job title; position; profession; title; beruf; berufsbezeichnung; beroep; functie;
  métier; fonction; profesión; puesto; ocupación; professione; profissão; zawód; stanowisko; designation
emergency contact | name | emergency contact; emergency contact name; notfallkontakt
relationship | name | relationship; relation
e-mail address | email | email; e-mail; email address; e-mail address; e-mail-adresse; emailadresse; courriel; mail;
  e-mailadres; emailadres; adresse email; adresse e-mail; adresse email de contact; adresse mail; correo electrónico;
  correo; indirizzo e-mail; indirizzo email; endereço de e-mail; adres e-mail; adres email; email id; e mail; email add
website | website | website; web site; web; url; homepage; internet; im internet; site web; site internet; sitio web;
  sito web; strona internetowa; www; webseite
subject | text | subject; betreff; betrifft; objet; onderwerp; asunto; oggetto; assunto; dotyczy; re
project | text | project; project name; projekt; projet; proyecto; progetto; name of project
course | text | course; course name; kurs; cours; curso; corso; programme; program
department | text | department; abteilung; afdeling; département; departamento; dipartimento; dział; dept
payment method | text | payment method; method of payment; payment mode; mode of payment; payment type; paid by; pay
  by; zahlungsart; zahlungsmethode; zahlungsform; zahlungsweise; betaalwijze; betaalmethode; betalingswijze; mode de
  paiement; mode de règlement; moyen de paiement; forma de pago; método de pago; modalità di pagamento; metodo di
  pagamento; forma de pagamento; sposób płatności; forma płatności; metoda płatności; tender type
payment terms | text | payment terms; terms; terms of payment; payment term; zahlungsbedingungen; zahlungsbedingung;
  betalingsvoorwaarden; betaaltermijn; conditions de paiement; conditions de règlement; condiciones de pago; termini di
  pagamento; condizioni di pagamento; condições de pagamento; warunki płatności; credit terms
delivery terms | text | delivery terms; terms of delivery; incoterm; incoterms; lieferbedingungen; fob; shipping terms
shipping method | text | shipping method; ship via; shipped via; versandart; verzendwijze; mode de livraison; via
  carrier; delivery method; carrier; lieferart
currency | text | currency; währung; devise; valuta; moneda; moeda; waluta
governing law | text | governing law; applicable law; anwendbares recht; droit applicable; toepasselijk recht
term | text | term; contract term; lease term; term of agreement; vertragslaufzeit; laufzeit; durée; durée du contrat;
  looptijd; duración; durata; duração; okres obowiązywania; duration; term of lease
notice period | text | notice period; kündigungsfrist; délai de préavis; opzegtermijn; plazo de preaviso; preavviso
billing period | text | billing period; service period; abrechnungszeitraum; leistungszeitraum; période de facturation;
  factuurperiode; período de facturación; periodo; period; statement period; pay period; okres rozliczeniowy
number of pages | count | number of pages; no of pages; seitenzahl; pages; page count
number of guests | count | number of guests; no of guests; guests; persons; anzahl personen; number of persons; pax
number of rooms | count | number of rooms; no of rooms; rooms
quantity | count | quantity; total quantity; total qty; qty; menge; aantal; quantité; cantidad; quantità; ilość
age | text | age; alter; leeftijd; âge; edad; età; idade; wiek
time | time | time; uhrzeit; zeit; tijd; heure; hora; ora; godzina; start time; time of print
"""

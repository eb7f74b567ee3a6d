"""Words of our own: people, places, companies and goods that do not exist."""

# fmt: off
FIRST_NAMES = (
    "Ada", "Agnes", "Amir", "Anna", "Basil", "Bruno", "Carla", "Cedric", "Clara", "Dana", "David", "Edith",
    "Elias", "Emma", "Farid", "Felix", "Flora", "Greta", "Hana", "Hugo", "Ida", "Igor", "Ines", "Iris",
    "Ivan", "Jonas", "Judith", "Karim", "Lena", "Leo", "Lydia", "Marco", "Maria", "Martha", "Mila", "Nadia",
    "Nils", "Nora", "Olga", "Omar", "Oscar", "Paula", "Petra", "Quentin", "Rosa", "Rufus", "Sara", "Selma",
    "Simon", "Stella", "Tessa", "Tobias", "Vera", "Victor", "Wanda", "Xenia", "Yara", "Yusuf", "Zoe",
)

LAST_NAMES = (
    "Abbott", "Adler", "Bakker", "Barnes", "Becker", "Bianchi", "Blake", "Castillo", "Chen", "Conti",
    "Dalton", "Dubois", "Eklund", "Ellis", "Farrow", "Fischer", "Fontaine", "Garcia", "Gibson", "Grant",
    "Haddad", "Hansen", "Holt", "Ivanov", "Jansen", "Keller", "Kovac", "Lambert", "Larsen", "Lindner",
    "Marlow", "Mendes", "Moreau", "Murray", "Nagy", "Novak", "Olsen", "Osman", "Palmer", "Petrov", "Quinn",
    "Ramos", "Reyes", "Richter", "Rossi", "Sanders", "Schmid", "Silva", "Sutter", "Takeda", "Thorne", "Ueda",
    "Vargas", "Vogel", "Walsh", "Weber", "Winter", "Young", "Zimmer",
)

STREETS = (
    "Alder Street", "Ash Road", "Bank Street", "Birch Avenue", "Bridge Street", "Canal Walk", "Castle Road",
    "Cedar Lane", "Chapel Lane", "Church Street", "Clay Hill", "Cooper Street", "Dock Road", "East Street",
    "Elm Avenue", "Ferry Road", "Field Lane", "Garden Street", "Granary Way", "Harbour Road", "Hazel Grove",
    "High Street", "Hill Road", "Juniper Way", "Kiln Lane", "Lake Drive", "Linden Avenue", "Maple Street",
    "Market Square", "Meadow Lane", "Mill Road", "North Parade", "Oak Street", "Orchard Road", "Park Avenue",
    "Poplar Way", "Quarry Road", "River Street", "Saddler Row", "School Lane", "South Street",
    "Station Road", "Tanner Row", "Temple Street", "Tower Hill", "Union Street", "Valley Road", "Water Lane",
    "West Street", "Willow Close",
)

TOWNS = (
    "Ambleford", "Arden Bay", "Bexmoor", "Birchport", "Brackwell", "Calderby", "Corvale", "Dunmarsh",
    "Eastmere", "Elmstead", "Fallowick", "Garstone", "Glenbrook", "Hadderton", "Harrowby", "Iverdale",
    "Kelstow", "Kingsmere", "Larkhaven", "Lindham", "Marrowdale", "Millbeck", "Norwick", "Oakhampton",
    "Orrin Falls", "Pellwood", "Quillport", "Ravensholt", "Rosefield", "Sandwater", "Stonebridge",
    "Tarnwick", "Thornbury", "Ulverby", "Westmarch", "Whitcombe", "Wrenfield", "Yarrowton",
)

COMPANY_STEMS = (
    "Alderway", "Amberline", "Arborfield", "Bellmont", "Blue Anchor", "Bramblecote", "Brightwater",
    "Cinderford", "Copperleaf", "Crowngate", "Deepdale", "Evenside", "Fairmile", "Fernhill", "Foxglove",
    "Goldcrest", "Greyfriar", "Hartwell", "Hollybank", "Ironwood", "Ivory Gate", "Kestrel", "Lanternside",
    "Lowland", "Merriton", "Mossbank", "Northgate", "Oldbridge", "Pinecroft", "Quayside", "Redfern",
    "Ridgeway", "Saltmarsh", "Silverbeck", "Sparrowhill", "Summerlea", "Thistledown", "Underwood", "Wayside",
    "Whitestone", "Windrush", "Yewtree",
)

LEGAL_FORMS = (
    "Ltd", "Inc", "LLC", "GmbH", "AG", "SA", "& Sons", "Group", "",
)

# Trade → (what a company of that trade calls itself, goods as (name, lowest price, highest price) in cents).
TRADES: dict[str, tuple[tuple[str, ...], tuple[tuple[str, int, int], ...]]] = {
    "office": (
        ("Office Supply", "Stationers", "Paper"),
        (("Copy paper", 390, 890), ("Ring binder", 220, 520), ("Desk lamp", 1900, 6400),
         ("Stapler", 650, 1890), ("Ink cartridge", 1450, 4900), ("Notebook", 180, 760),
         ("Gel pens", 240, 990), ("Whiteboard", 3900, 15900), ("Office chair", 8900, 39900),
         ("Envelopes", 320, 1150), ("Label roll", 410, 1390), ("Archive box", 190, 540)),
    ),
    "tools": (
        ("Tools", "Hardware", "Builders"),
        (("Claw hammer", 1290, 2990), ("Wood screws", 350, 1190), ("Paint roller", 490, 1450),
         ("Spirit level", 990, 3900), ("Drill bits", 890, 3490), ("Work gloves", 450, 1690),
         ("Ladder", 5900, 18900), ("Hand saw", 1150, 3290), ("Masking tape", 210, 590),
         ("Socket set", 2900, 9900), ("Sandpaper", 190, 720), ("Wall paint", 1890, 5900)),
    ),
    "food": (
        ("Bakery", "Foods", "Grocers"),
        (("Rye bread", 280, 560), ("Butter", 190, 420), ("Apple cake", 320, 690), ("Honey", 450, 1190),
         ("Olive oil", 690, 1890), ("Eggs", 240, 520), ("Tomatoes", 180, 490), ("Cheddar", 390, 1090),
         ("Coffee beans", 650, 1990), ("Rice", 150, 480), ("Oat milk", 170, 330), ("Plum jam", 290, 640),
         ("Walnuts", 410, 980), ("Lentils", 160, 390)),
    ),
    "cafe": (
        ("Cafe", "Coffee House", "Tea Room"),
        (("Espresso", 190, 340), ("Flat white", 290, 480), ("Green tea", 240, 420), ("Lemonade", 260, 490),
         ("Croissant", 180, 360), ("Carrot cake", 320, 590), ("Soup of the day", 490, 890),
         ("Ham sandwich", 450, 850), ("Omelette", 690, 1190), ("Fruit salad", 420, 780),
         ("Hot chocolate", 320, 520), ("Mineral water", 180, 380)),
    ),
    "garden": (
        ("Garden Centre", "Nursery", "Flowers"),
        (("Clay pot", 290, 1490), ("Potting soil", 450, 1290), ("Rose bush", 990, 2890),
         ("Garden hose", 1890, 5490), ("Tulip bulbs", 350, 990), ("Watering can", 890, 2490),
         ("Pruning shears", 1290, 3990), ("Lawn seed", 690, 2490), ("Bird feeder", 790, 2690),
         ("Rain barrel", 4900, 12900), ("Fern", 550, 1590), ("Bamboo canes", 290, 890)),
    ),
    "services": (
        ("Consulting", "Studio", "Services"),
        (("Site survey", 12000, 48000), ("Project planning", 9000, 36000), ("Translation", 4500, 19500),
         ("Photo editing", 3500, 14500), ("Web hosting", 900, 4900), ("Data backup", 1900, 8900),
         ("Training day", 29000, 89000), ("Logo design", 15000, 65000), ("Window cleaning", 4900, 18900),
         ("Boiler service", 8900, 19900), ("Network setup", 18000, 58000), ("Proofreading", 2900, 11900)),
    ),
}

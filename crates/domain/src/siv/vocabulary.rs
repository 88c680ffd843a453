//! Words of the simulated register: names, streets, trades. All of them are common or invented; none is anybody's.

/// Family names, frequent ones first.
#[rustfmt::skip]
pub(super) const LAST_NAMES: [&str; 472] = [
    "MARTIN", "BERNARD", "THOMAS", "PETIT", "ROBERT", "RICHARD", "DURAND", "DUBOIS", "MOREAU", "LAURENT", "SIMON",
    "MICHEL", "LEFÈVRE", "LEROY", "ROUX", "DAVID", "BERTRAND", "MOREL", "FOURNIER", "GIRARD", "BONNET", "DUPONT",
    "LAMBERT", "FONTAINE", "ROUSSEAU", "VINCENT", "MULLER", "LEFEBVRE", "FAURE", "ANDRÉ", "MERCIER", "BLANC",
    "GUÉRIN", "BOYER", "GARNIER", "CHEVALIER", "FRANÇOIS", "LEGRAND", "GAUTHIER", "GARCIA", "PERRIN", "ROBIN",
    "CLÉMENT", "MORIN", "NICOLAS", "HENRY", "ROUSSEL", "MATHIEU", "GAUTIER", "MASSON", "MARCHAND", "DUVAL", "DENIS",
    "DUMONT", "MARIE", "LEMAIRE", "NOËL", "MEYER", "DUFOUR", "MEUNIER", "BRUN", "BLANCHARD", "GIRAUD", "JOLY",
    "RIVIÈRE", "LUCAS", "BRUNET", "GAILLARD", "BARBIER", "ARNAUD", "MARTINEZ", "GÉRARD", "ROCHE", "RENARD", "SCHMITT",
    "ROY", "LEROUX", "COLIN", "VIDAL", "CARON", "PICARD", "ROGER", "FABRE", "AUBERT", "LEMOINE", "RENAUD", "DUMAS",
    "LACROIX", "OLIVIER", "PHILIPPE", "BOURGEOIS", "PIERRE", "BENOÎT", "REY", "LECLERC", "PAYET", "ROLLAND",
    "LECLERCQ", "GUILLAUME", "LECOMTE", "LOPEZ", "JEAN", "DUPUY", "GUILLOT", "HUBERT", "BERGER", "CARPENTIER",
    "SANCHEZ", "DUPUIS", "MOULIN", "LOUIS", "DESCHAMPS", "HUET", "VASSEUR", "PEREZ", "BOUCHER", "FLEURY", "ROYER",
    "KLEIN", "JACQUET", "ADAM", "PARIS", "POIRIER", "MARTY", "AUBRY", "GUYOT", "CARRÉ", "CHARLES", "RENAULT",
    "CHARPENTIER", "MÉNARD", "MAILLARD", "BARON", "BERTIN", "BAILLY", "HERVÉ", "SCHNEIDER", "FERNANDEZ", "COLLET",
    "LÉGER", "BOUVIER", "JULIEN", "PRÉVOST", "MILLET", "PERROT", "DANIEL", "COUSIN", "GERMAIN", "BRETON", "BESSON",
    "LANGLOIS", "RÉMY", "LE GALL", "PELLETIER", "LÉVÊQUE", "PERRIER", "LEBLANC", "BARRÉ", "LEBRUN", "MARCHAL",
    "WEBER", "MALLET", "HAMON", "BOULANGER", "JACOB", "MONNIER", "MICHAUD", "RODRIGUEZ", "GUICHARD", "GILLET",
    "ÉTIENNE", "GRONDIN", "POULAIN", "TESSIER", "CHEVALLIER", "COLLIN", "CHAUVIN", "DA SILVA", "BOUCHET", "GAY",
    "LEMAÎTRE", "BÉNARD", "MARÉCHAL", "HUMBERT", "REYNAUD", "ANTOINE", "HOARAU", "PERRET", "BARTHÉLEMY", "CORDIER",
    "PICHON", "LEJEUNE", "GILBERT", "LAMY", "DELAUNAY", "PASQUIER", "CARLIER", "LAPORTE", "GROS", "BUISSON",
    "ALEXANDRE", "HUGUET", "MAHÉ", "BLONDEL", "BRIAND", "COSTE", "DELORME", "RAYNAUD", "FERRAND", "VALLET", "MACÉ",
    "POTTIER", "LELIÈVRE", "DEVAUX", "COUTURIER", "BIGOT", "ROSSI", "CHRÉTIEN", "LE GOFF", "MAURY", "GUILLET",
    "IMBERT", "ALBERT", "BESNARD", "BODIN", "PARENT", "TANGUY", "VALENTIN", "MASSE", "DIALLO", "TRAORÉ", "N'DIAYE",
    "NGUYEN", "TRAN", "PHAM", "BA", "SOW", "CAMARA", "KEITA", "COULIBALY", "DIOP", "FALL", "BENALI", "BELKACEM",
    "HADDAD", "MANSOURI", "BOUZID", "KHELIFI", "SAÏDI", "CHERIF", "HAMDI", "YILMAZ", "KAYA", "DEMIR", "ÖZTÜRK",
    "ŞAHIN", "KOWALSKI", "NOWAK", "WIŚNIEWSKI", "ZIELIŃSKI", "POPESCU", "IONESCU", "DUMITRU", "PEREIRA", "FERREIRA",
    "OLIVEIRA", "GONÇALVES", "RODRIGUES", "TEIXEIRA", "LOPES", "ROMANO", "ESPOSITO", "BIANCHI", "COLOMBO", "RICCI",
    "MANCINI", "MÜLLER", "WAGNER", "HOFFMANN", "ZIMMERMANN", "SCHÄFER", "KELLER", "OTT", "WOLFF", "KERMARREC",
    "LE BIHAN", "LE ROUX", "LE BRAS", "QUÉRÉ", "CORRE", "LE MEUR", "MADEC", "RIOU", "KERGOAT", "CADIOU", "GUIVARC'H",
    "LE DANTEC", "KERVELLA", "ABIVEN", "D'HÉROUVILLE", "DE LA ROCHE", "D'ARGENT", "DU PLESSIS", "DE BEAUMONT",
    "DE KERGARIOU", "SAINT-MARTIN", "ETCHEVERRY", "IRIBARNE", "ETCHEGARAY", "HARISPE", "LARRALDE", "DUHALDE",
    "GOYENETCHE", "SUSINI", "PAOLI", "CASANOVA", "LUCCIANI", "SANTONI", "MATTEI", "GIUDICELLI", "LEONETTI",
    "VANDENBERGHE", "DESMET", "VERSTRAETE", "DEVOS", "DECLERCK", "COUSTENOBLE", "DHAENE", "LESAGE", "DELATTRE",
    "WATTEBLED", "BOUDIN", "CAPELLE", "DELANNOY", "DESCAMPS", "HERMANT", "TAILLEUR", "WILLEMS", "CLAUDEL", "VIRY",
    "THIÉBAUT", "GÉRARDIN", "HENNEQUIN", "MUNIER", "COLLOT", "ANTONY", "CUNY", "MOUGEOT", "CHAMPOD", "PAGET",
    "JEANNIN", "VUILLEMIN", "BOUVERET", "GRANDJEAN", "PRÊTRE", "CHOPARD", "BOURDON", "CHAZAL", "VACHER", "CHASSAGNE",
    "FAYARD", "CHABROL", "SABATIER", "MALHERBE", "ANGLADE", "BOUSQUET", "CAZENAVE", "LABORDE", "LAFFITTE", "DARRIEUX",
    "CAMPAGNE", "LASSALLE", "DUFAU", "CAZAUX", "BARTHE", "DELMAS", "ALBOUY", "CALVET", "SOULIÉ", "PUJOL", "ROCA",
    "SERRA", "VILA", "BATLLE", "FERRER", "OLIVE", "AUDIBERT", "GASTALDI", "ISNARD", "PELLEGRIN", "RAYBAUD", "HUGON",
    "AUGIER", "SIMÉON", "GRANIER", "JOURDAN", "MAUREL", "BOUDON", "ALLÈGRE", "CHAPUIS", "BERTHET", "FAVRE",
    "MICHALLET", "VEYRAT", "TISSOT", "BLANC-GRAS", "DUCRET", "GRANGE", "PERNET", "MERMOD", "MONTEIL", "RAMBAUD",
    "CELLIER", "THIVOLLE", "COMBE", "PEYRARD", "CHOMEL", "GOUTTEFARDE", "SAUVAGE", "HAMELIN", "LEPRINCE", "TRÉHET",
    "DUCHEMIN", "LECARPENTIER", "LANGEVIN", "POUPARD", "GOUPIL", "ROUSSELET", "BEAUMONT", "HUARD", "GASNIER",
    "CHESNEAU", "MÉTAYER", "BOISSEAU", "GUILBAUD", "RABILLER", "GABORIT", "PIVETEAU", "CHARRIER", "TEXIER", "BAUDRY",
    "RAMBEAU", "BERNIER", "BOUTIN", "TURPIN", "MÉNAGER", "VIOLLEAU", "RENOUX", "DEBORD", "LABROUSSE", "MAZEAU",
    "CHASTANET", "LACOSTE", "FAUCHER", "TEILLET", "PÉRICAUD", "BESSE", "MOURET", "HOAREAU", "TÉCHER", "BOYER-VIDAL",
    "RIVIÈRE-DUMAS", "PALMA", "ZITOUNI", "ZÉPHIR", "CÉLESTIN", "TOUSSAINT", "JEAN-BAPTISTE", "LUBIN", "MARIE-ROSE",
    "LOUIS-JOSEPH", "CHARLES-NICOLAS",
];

/// First names of men.
#[rustfmt::skip]
pub(super) const MEN: [&str; 135] = [
    "Jean", "Pierre", "Michel", "André", "Philippe", "René", "Louis", "Alain", "Jacques", "Bernard", "Marcel",
    "Daniel", "Roger", "Robert", "Paul", "Claude", "Christian", "Henri", "Georges", "Nicolas", "François", "Patrick",
    "Gérard", "Christophe", "Joseph", "Julien", "Maurice", "Laurent", "Frédéric", "Éric", "David", "Stéphane",
    "Pascal", "Sébastien", "Alexandre", "Thierry", "Olivier", "Antoine", "Raymond", "Guy", "Dominique", "Charles",
    "Didier", "Marc", "Vincent", "Yves", "Guillaume", "Bruno", "Jérôme", "Thomas", "Maxime", "Franck", "Kévin",
    "Anthony", "Gilles", "Romain", "Cédric", "Benoît", "Fabrice", "Xavier", "Serge", "Mickaël", "Clément", "Arnaud",
    "Adrien", "Hugo", "Lucas", "Quentin", "Florian", "Loïc", "Yann", "Ronan", "Gwenaël", "Erwan", "Tanguy", "Hervé",
    "Noël", "Côme", "Théo", "Léo", "Gaël", "Malo", "Axel", "Raphaël", "Gabriel", "Mathis", "Enzo", "Nathan", "Ethan",
    "Tom", "Jules", "Arthur", "Sacha", "Rayan", "Karim", "Mohamed", "Ahmed", "Youssef", "Mehdi", "Bilal", "Ibrahim",
    "Moussa", "Mamadou", "Ousmane", "Cheikh", "Amadou", "Mustafa", "Emre", "Can", "Piotr", "Andrzej", "Łukasz", "Jan",
    "Ion", "Andrei", "Mihai", "João", "José", "Rui", "Nuno", "Miguel", "Carlos", "Antonio", "Luigi", "Marco",
    "Giuseppe", "Matteo", "Hans", "Jürgen", "Günther", "Jörg", "Minh", "Tuan", "Bao", "Long",
];

/// First names of women.
#[rustfmt::skip]
pub(super) const WOMEN: [&str; 135] = [
    "Marie", "Jeanne", "Françoise", "Monique", "Catherine", "Nathalie", "Isabelle", "Jacqueline", "Anne", "Sylvie",
    "Martine", "Madeleine", "Nicole", "Suzanne", "Hélène", "Christine", "Valérie", "Sandrine", "Sophie", "Stéphanie",
    "Véronique", "Chantal", "Céline", "Patricia", "Annie", "Brigitte", "Julie", "Aurélie", "Laurence", "Virginie",
    "Caroline", "Camille", "Émilie", "Michèle", "Denise", "Léa", "Laura", "Audrey", "Claire", "Élodie", "Corinne",
    "Pauline", "Cécile", "Delphine", "Agnès", "Mélanie", "Manon", "Chloé", "Lucie", "Marion", "Mathilde", "Sarah",
    "Emma", "Inès", "Zoé", "Jade", "Louise", "Alice", "Lina", "Rose", "Anaïs", "Éva", "Clara", "Juliette", "Maëlys",
    "Maëlle", "Gaëlle", "Gwenaëlle", "Annaïg", "Nolwenn", "Rozenn", "Solène", "Morgane", "Enora", "Aïcha", "Fatima",
    "Samira", "Nadia", "Leïla", "Yasmine", "Khadija", "Amina", "Mariama", "Aminata", "Fatou", "Awa", "Rokhaya",
    "Aïssatou", "Elif", "Zeynep", "Ayşe", "Agnieszka", "Małgorzata", "Ewa", "Ioana", "Mihaela", "Andreea", "María",
    "Carmen", "Lucía", "Inês", "Conceição", "Graça", "Giulia", "Francesca", "Chiara", "Heike", "Ursula", "Renate",
    "Lan", "Mai", "Thuy", "Linh", "Odile", "Ghislaine", "Bernadette", "Simone", "Yvette", "Thérèse", "Lucienne",
    "Andrée", "Renée", "Geneviève", "Noémie", "Bérénice", "Clémence", "Capucine", "Apolline", "Victoire", "Éléonore",
    "Héloïse", "Joséphine", "Philippine", "Axelle", "Océane",
];

/// Names of streets, without their type.
#[rustfmt::skip]
pub(super) const STREET_NAMES: [&str; 181] = [
    "DES LILAS", "DE LA GARE", "VICTOR HUGO", "DES VIGNES", "DES TILLEULS", "DE LA LIBERTE", "DU MOULIN", "PASTEUR",
    "DE LA FONTAINE", "DES ECOLES", "DE LA MER", "JEAN JAURES", "DE LA MARNE", "DU FOUR", "DE L EGLISE",
    "DE LA REPUBLIQUE", "DE VERDUN", "DU GENERAL DE GAULLE", "DU GENERAL LECLERC", "DU MARECHAL FOCH",
    "DU 8 MAI 1945", "DU 11 NOVEMBRE", "DU 14 JUILLET", "DU 19 MARS 1962", "JULES FERRY", "LEON BLUM", "GAMBETTA",
    "EMILE ZOLA", "ANATOLE FRANCE", "PIERRE CURIE", "MARIE CURIE", "LOUIS PASTEUR", "JEAN MOULIN", "ARISTIDE BRIAND",
    "VOLTAIRE", "ROUSSEAU", "MOLIERE", "RACINE", "CORNEILLE", "LAMARTINE", "CHATEAUBRIAND", "GEORGE SAND",
    "SIMONE VEIL", "ROSA PARKS", "OLYMPE DE GOUGES", "JACQUES PREVERT", "ARTHUR RIMBAUD", "PAUL VERLAINE",
    "CHARLES BAUDELAIRE", "GUY MOQUET", "SALVADOR ALLENDE", "NELSON MANDELA", "MARTIN LUTHER KING", "DU STADE",
    "DU CIMETIERE", "DU CHATEAU", "DU PARC", "DU LAVOIR", "DU PUITS", "DU PRESSOIR", "DE LA POSTE", "DE LA MAIRIE",
    "DES ACACIAS", "DES ROSES", "DES PEUPLIERS", "DES CHENES", "DES ERABLES", "DES CERISIERS", "DES POMMIERS",
    "DES NOYERS", "DES PINS", "DES BOULEAUX", "DES HIRONDELLES", "DES MESANGES", "DES ALOUETTES", "DES ROSSIGNOLS",
    "DES PRIMEVERES", "DES BLEUETS", "DES COQUELICOTS", "DES GENETS", "DES AJONCS", "DES BRUYERES", "DE LA FORET",
    "DU BOIS", "DE LA PRAIRIE", "DES PRES", "DES CHAMPS", "DE LA PLAINE", "DU RUISSEAU", "DE LA RIVIERE", "DU PONT",
    "DU PONT NEUF", "DU PORT", "DE LA CORDERIE", "DES TANNEURS", "DES FORGERONS", "DES POTIERS", "DES TISSERANDS",
    "DES BOULANGERS", "DU COMMERCE", "DE L INDUSTRIE", "DES ARTISANS", "DE L ABBAYE", "DU PRIEURE", "SAINT MARTIN",
    "SAINT PIERRE", "SAINT JEAN", "SAINT MICHEL", "SAINT ROCH", "SAINTE ANNE", "SAINTE BARBE", "NOTRE DAME",
    "DE LA CROIX", "DE LA CROIX BLANCHE", "DU CALVAIRE", "DE LA CHAPELLE", "DE BRETAGNE", "DE NORMANDIE", "D ALSACE",
    "DE LORRAINE", "DE BOURGOGNE", "DE PROVENCE", "DE SAVOIE", "DU DAUPHINE", "DE PICARDIE", "D AQUITAINE",
    "DU LANGUEDOC", "DE PARIS", "DE LYON", "DE STRASBOURG", "DE BORDEAUX", "DE RENNES", "DE LILLE",
    "DU COMMANDANT CHARCOT", "DU CAPITAINE GUYNEMER", "DU DOCTEUR ROUX", "DU PROFESSEUR CALMETTE",
    "DU MARECHAL DE LATTRE DE TASSIGNY", "DES FUSILLES DE LA RESISTANCE", "DES MARTYRS", "DE LA RESISTANCE",
    "DES FRERES LUMIERE", "AMBROISE PARE", "CLAUDE DEBUSSY", "HECTOR BERLIOZ", "MAURICE RAVEL", "PAUL CEZANNE",
    "CLAUDE MONET", "AUGUSTE RENOIR", "BERTHE MORISOT", "CAMILLE CLAUDEL", "GUSTAVE EIFFEL", "DENIS PAPIN", "AMPERE",
    "LAVOISIER", "LAPLACE", "JACQUARD", "PARMENTIER", "SURCOUF", "JACQUES CARTIER", "LA PEROUSE", "BOUGAINVILLE",
    "DE LA PAIX", "DE L EUROPE", "DES NATIONS", "DE L AVENIR", "DU PROGRES", "DE LA FRATERNITE", "DES QUATRE VENTS",
    "DU COQ", "DU GRAND CHENE", "DU VIEUX MOULIN", "DE LA VIEILLE ROUTE", "DES REMPARTS", "DE LA TOUR", "DE LA BUTTE",
    "DU MONT", "DES COTEAUX", "DU SOLEIL", "DU MIDI", "DU LEVANT",
];

/// Types of streets, weighted by repetition.
#[rustfmt::skip]
pub(super) const STREET_TYPES: [&str; 24] = [
    "RUE", "RUE", "RUE", "RUE", "RUE", "RUE", "RUE", "RUE", "RUE", "RUE", "AVENUE", "AVENUE", "AVENUE", "CHEMIN", "CHEMIN",
    "ROUTE", "ROUTE", "ALLEE", "ALLEE", "IMPASSE", "IMPASSE", "PLACE", "BOULEVARD", "SQUARE",
];

/// Hamlets.
#[rustfmt::skip]
pub(super) const HAMLETS: [&str; 16] = [
    "LE BOIS JOLI", "LA CROIX BLANCHE", "LES QUATRE ROUTES", "LE MOULIN NEUF", "LA VILLE AUX PRES", "KERVENN", "LE BOURG NEUF",
    "LES GRANDS CHAMPS", "LA HAUTE BORDE", "LE MAS DES OLIVIERS", "LA TUILERIE", "LES BASSES COURS", "LE CLOS FLEURI",
    "LA GRANGE ROUGE", "LE PETIT BREUIL", "LES HAUTS DE LA COTE",
];

/// Residences.
#[rustfmt::skip]
pub(super) const RESIDENCES: [&str; 16] = [
    "LES LILAS", "DU PARC", "LES TERRASSES", "BELLEVUE", "LES JARDINS", "LE BELVEDERE", "DES CEDRES", "LES OISEAUX",
    "DE LA ROSERAIE", "LES ARCADES", "DU LAC", "LES HESPERIDES", "LE PANORAMA", "DES REMPARTS", "LES MAGNOLIAS", "DU VERGER",
];

/// Forms of companies, weighted by repetition.
#[rustfmt::skip]
pub(super) const FORMS: [&str; 12] = [
    "SARL", "SARL", "SARL", "SARL", "SAS", "SAS", "SAS", "SASU", "EURL", "SA", "SNC", "SCOP",
];

/// Trades.
#[rustfmt::skip]
pub(super) const TRADES: [&str; 48] = [
    "TRANSPORTS", "BOULANGERIE", "CLIMATISATION", "AMBULANCES", "MENUISERIE", "SERVICES INFORMATIQUES", "PEPINIERES",
    "PLOMBERIE", "ELECTRICITE GENERALE", "MACONNERIE", "COUVERTURE", "TAXIS", "PHARMACIE", "IMPRIMERIE", "CHARPENTES",
    "NETTOYAGE", "SECURITE PRIVEE", "TRAVAUX PUBLICS", "PAYSAGES", "CARRELAGES", "FERMETURES", "PEINTURE", "TRAITEUR",
    "BOUCHERIE", "PRIMEURS", "FROMAGERIE", "CAVE", "FLEURS", "MEUBLES", "DEMENAGEMENTS", "AUTO ECOLE", "CONTROLE TECHNIQUE",
    "PNEUS", "CARROSSERIE", "CONSEIL ET AUDIT", "EXPERTISE COMPTABLE", "GEOMETRES", "ARCHITECTURE", "INGENIERIE",
    "AIDE A DOMICILE", "SOINS INFIRMIERS", "OPTIQUE", "ASCENSEURS", "CHAUFFAGE", "VERANDAS", "PISCINES", "SCIERIE", "MAREYAGE",
];

/// What tells companies of one trade apart.
#[rustfmt::skip]
pub(super) const PLACES: [&str; 40] = [
    "DU LITTORAL", "DES HALLES", "ARMORIQUE", "DU PARC", "DE LA VALLEE", "DU PONT", "DES DEUX RIVES", "DE L ESTUAIRE",
    "DU PLATEAU", "DES MONTS", "DE LA PLAINE", "DU CENTRE", "DE L OUEST", "DE L EST", "DU NORD", "DU MIDI", "DES ALPES",
    "DU JURA", "DES VOSGES", "DE LA LOIRE", "DE LA SEINE", "DU RHONE", "DE LA GARONNE", "DE LA COTE", "DES ILES", "DU LAC",
    "DU CANAL", "DE LA GARE", "DU MARCHE", "DE LA PLACE", "DES REMPARTS", "DU FAUBOURG", "DE LA FORET", "DES PRES",
    "DU VIGNOBLE", "DU BOCAGE", "DES CAUSSES", "DE LA BAIE", "DU CAP", "DES TROIS FRONTIERES",
];

/// Companies that let vehicles for long terms; invented.
#[rustfmt::skip]
pub(super) const LESSORS: [&str; 8] = [
    "SA BAIL AUTO ARMORIQUE", "SAS LOCATION LONGUE DUREE DU PONANT", "SA CREDIT BAIL DES QUATRE ROUES",
    "SAS FLOTTE ET SERVICES DU MIDI", "SA LOCATION OUEST AUTO", "SAS MOBILITE FLEXIBLE DES HALLES",
    "SA COMPAGNIE DU BAIL ROULANT", "SAS ROUES EN BAIL",
];

/// Administrations that hold vehicles.
#[rustfmt::skip]
pub(super) const ADMINISTRATIONS: [&str; 6] = [
    "DIRECTION DEPARTEMENTALE DES TERRITOIRES", "CENTRE HOSPITALIER", "RECTORAT", "SERVICE DES DOUANES", "OFFICE DES FORETS",
    "DIRECTION DES ROUTES",
];

/// Makes of cars and vans.
#[rustfmt::skip]
pub(super) const CAR_MAKES: [&str; 24] = [
    "RENAULT", "RENAULT", "RENAULT", "RENAULT", "PEUGEOT", "PEUGEOT", "PEUGEOT", "PEUGEOT", "CITROEN", "CITROEN", "CITROEN",
    "DACIA", "DACIA", "VOLKSWAGEN", "VOLKSWAGEN", "TOYOTA", "FORD", "OPEL", "BMW", "MERCEDES BENZ", "AUDI", "FIAT", "HYUNDAI",
    "KIA",
];

/// Makes of motorcycles and mopeds.
#[rustfmt::skip]
pub(super) const CYCLE_MAKES: [&str; 8] = [
    "YAMAHA", "HONDA", "KAWASAKI", "BMW", "PIAGGIO", "PEUGEOT", "MBK", "SUZUKI",
];

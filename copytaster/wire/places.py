"""Regions that follow a city in datelines, and cities known well enough to open a story without agency or date."""

from __future__ import annotations

from copytaster.wire.letters import fold

_REGIONS = (
    # United States: full names, stylebook abbreviations, postal codes
    "Alabama|Ala|AL|Alaska|AK|Arizona|Ariz|AZ|Arkansas|Ark|AR|California|Calif|Cal|CA|Colorado|Colo|CO|Connecticut|Conn|CT|Delaware|Del|DE|Florida|Fla|FL|"
    "Georgia|Ga|GA|Hawaii|HI|Idaho|ID|Illinois|Ill|IL|Indiana|Ind|IN|Iowa|IA|Kansas|Kan|Kans|KS|Kentucky|Ky|KY|Louisiana|La|LA|Maine|ME|Maryland|Md|MD|"
    "Massachusetts|Mass|MA|Michigan|Mich|MI|Minnesota|Minn|MN|Mississippi|Miss|MS|Missouri|Mo|MO|Montana|Mont|MT|Nebraska|Neb|Nebr|NE|Nevada|Nev|NV|"
    "New Hampshire|N.H.|New Jersey|N.J.|New Mexico|N.M.|New York|N.Y.|North Carolina|N.C.|North Dakota|N.D.|Ohio|OH|Oklahoma|Okla|OK|Oregon|Ore|OR|"
    "Pennsylvania|Pa|Penn|Rhode Island|R.I.|South Carolina|S.C.|South Dakota|S.D.|Tennessee|Tenn|TN|Texas|Tex|TX|Utah|UT|Vermont|Vt|VT|Virginia|Va|VA|"
    "Washington|Wash|WA|Washington state|West Virginia|W.Va.|W. Va.|WV|Wisconsin|Wis|Wisc|WI|Wyoming|Wyo|WY|D.C.|DC|District of Columbia|Puerto Rico|P.R.|Guam|"
    "American Samoa|U.S. Virgin Islands|U.S.|USA|U.S.A.|US|United States|Long Island"
    # Canada, Australia, Britain, Germany, Spain, India
    "|Alberta|Alta|British Columbia|B.C.|Manitoba|Man|New Brunswick|N.B.|Newfoundland|Newfoundland and Labrador|Nfld|N.L.|Nova Scotia|N.S.|Ontario|Ont|"
    "Prince Edward Island|P.E.I.|Quebec|Québec|Que|Saskatchewan|Sask|Yukon|Nunavut|Northwest Territories|N.W.T.|Canada|"
    "New South Wales|NSW|Victoria|Vic|Queensland|Qld|South Australia|Western Australia|Tasmania|Tas|Northern Territory|Australian Capital Territory|Australia|"
    "England|Scotland|Wales|Northern Ireland|Britain|Great Britain|United Kingdom|UK|U.K.|Ireland|Isle of Man|Jersey|Guernsey|Gibraltar|Bermuda|"
    "Germany|Deutschland|Alemania|Allemagne|Germania|Alemanha|Bavaria|Bayern|Sachsen|Saxony|Hessen|Baden-Württemberg|Nordrhein-Westfalen|Niedersachsen|Brandenburg|"
    "Thüringen|Rheinland-Pfalz|Saarland|Schleswig-Holstein|Mecklenburg-Vorpommern|Sachsen-Anhalt|"
    "Spain|España|Espagne|Spagna|Espanha|Spanien|Catalonia|Canary Islands|India|Uttar Pradesh|Madhya Pradesh|Andhra Pradesh|Tamil Nadu|Kerala|Karnataka|Maharashtra|"
    "Gujarat|Rajasthan|Punjab|Haryana|Bihar|West Bengal|Odisha|Orissa|Assam|Jharkhand|Chhattisgarh|Kashmir|Jammu and Kashmir|Uttarakhand|Telangana|Goa|"
    # the rest of the world
    "Afghanistan|Albania|Algeria|Andorra|Angola|Antigua and Barbuda|Antigua|Argentina|Armenia|Aruba|Austria|Azerbaijan|Bahamas|Bahrain|Bangladesh|Barbados|Belarus|"
    "Belgium|Belize|Benin|Bhutan|Bolivia|Bosnia|Bosnia-Herzegovina|Bosnia and Herzegovina|Botswana|Brazil|Brunei|Bulgaria|Burkina Faso|Burma|Burundi|Cambodia|Cameroon|"
    "Cape Verde|Cayman Islands|Central African Republic|Chad|Chile|China|Colombia|Comoros|Congo|Democratic Republic of Congo|Costa Rica|Croatia|Cuba|Curacao|Cyprus|"
    "Czech Republic|Czechia|Czechoslovakia|Denmark|Djibouti|Dominica|Dominican Republic|East Timor|Timor-Leste|Ecuador|Egypt|El Salvador|Equatorial Guinea|Eritrea|"
    "Estonia|Eswatini|Swaziland|Ethiopia|Faroe Islands|Fiji|Finland|France|French Guiana|French Polynesia|Gabon|Gambia|Gaza|Gaza Strip|Ghana|Greece|Greenland|Grenada|Guadeloupe|"
    "Guatemala|Guinea|Guinea-Bissau|Guyana|Haiti|Honduras|Hungary|Iceland|Indonesia|Iran|Iraq|Iraqi Kurdistan|Israel|Italy|Italia|Italie|Ivory Coast|Côte d'Ivoire|Jamaica|Japan|Jordan|"
    "Kazakhstan|Kenya|Kiribati|Kosovo|Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|Liberia|Libya|Liechtenstein|Lithuania|Luxembourg|Macau|Macedonia|North Macedonia|"
    "Madagascar|Malawi|Malaysia|Maldives|Mali|Malta|Marshall Islands|Martinique|Mauritania|Mauritius|Mexico|México|Mexique|Micronesia|Moldova|Monaco|Mongolia|Montenegro|Morocco|Mozambique|"
    "Myanmar|Namibia|Nauru|Nepal|Netherlands|the Netherlands|The Netherlands|Holland|New Caledonia|New Zealand|N.Z.|Nicaragua|Niger|Nigeria|North Korea|Norway|Oman|Pakistan|Palau|Palestine|"
    "Palestinian Territories|Panama|Papua New Guinea|Paraguay|Peru|Philippines|Poland|Portugal|Qatar|Romania|Russia|Rwanda|Saint Lucia|St. Lucia|Samoa|San Marino|"
    "Sao Tome and Principe|Saudi Arabia|Senegal|Serbia|Seychelles|Sierra Leone|Singapore|Slovakia|Slovenia|Solomon Islands|Somalia|Somaliland|South Africa|South Korea|South Sudan|"
    "Soviet Union|USSR|Sri Lanka|St. Kitts and Nevis|Sudan|Suriname|Sweden|Switzerland|Schweiz|Suisse|Svizzera|Suiza|Syria|Taiwan|Tajikistan|Tanzania|Thailand|Tibet|Togo|Tonga|Trinidad|"
    "Trinidad and Tobago|Tunisia|Turkey|Türkiye|Turkmenistan|Turks and Caicos|Tuvalu|Uganda|Ukraine|United Arab Emirates|UAE|U.A.E.|Uruguay|Uzbekistan|Vanuatu|Vatican|Venezuela|"
    "Vietnam|Viet Nam|West Bank|Western Sahara|Yemen|Yugoslavia|Zaire|Zambia|Zimbabwe|Chechnya|Dagestan|Ingushetia|Crimea|Kurdistan|Xinjiang|Sicily|Sardinia|Corsica|Crete|Siberia|"
    "Österreich|Frankreich|Italien|Türkei|Russland|Polen|Autriche|Belgique|Grèce|Turquie|Russie|Ukraine|Irak|Liban|Syrie|Brasil|Brésil|Perú|EEUU|Estados Unidos|Etats-Unis|États-Unis|"
    "Francia|Grecia|Rusia|Ucrania|Japón|Suecia|Noruega|Polonia|Turquía|Marruecos|Venezuela|Reino Unido|Países Bajos|Bélgica|Россия|Украина|Беларусь|Белоруссия|Казахстан|Сирия|США"
)
# Cities that stand alone in datelines of the agencies, by language; state and provincial capitals among them.
_CITIES = (
    "Aalborg|Aarhus|Aberdeen|Abidjan|Abu Dhabi|Abuja|Acapulco|Accra|Addis Ababa|Adelaide|Aden|Agra|Ahmedabad|Albany|Albuquerque|Aleppo|Alexandria|Algiers|Allahabad|Almaty|Amman|Amritsar|"
    "Amsterdam|Anchorage|Ankara|Annapolis|Antananarivo|Antwerp|Ashgabat|Asmara|Astana|Nur-Sultan|Asuncion|Athens|Atlanta|Atlantic City|Auckland|Austin|Baghdad|Baku|Bali|Baltimore|Bamako|Bangalore|"
    "Bengaluru|Bangkok|Bangui|Banjul|Barcelona|Basel|Basle|Basra|Baton Rouge|Beijing|Peking|Beirut|Belfast|Belgrade|Belize City|Benghazi|Bergen|Berlin|Berne|Bern|Bethlehem|Beverly Hills|Bhopal|"
    "Bhubaneswar|Bilbao|Birmingham|Bishkek|Bismarck|Bissau|Bloemfontein|Bogota|Boise|Bologna|Bombay|Bonn|Bordeaux|Boston|Brasilia|Bratislava|Brazzaville|Bremen|Bridgetown|Brisbane|Bristol|Brussels|"
    "Bucharest|Budapest|Buenos Aires|Buffalo|Bujumbura|Cairo|Calcutta|Calgary|Cali|Cambridge|Canberra|Cannes|Cape Canaveral|Cape Town|Caracas|Cardiff|Carson City|Casablanca|Castries|Cebu|Chandigarh|"
    "Charleston|Charlotte|Charlottetown|Chennai|Cheyenne|Chicago|Chisinau|Chittagong|Christchurch|Cincinnati|Cleveland|Cologne|Colombo|Columbia|Columbus|Conakry|Concord|Copenhagen|Cork|Coventry|"
    "Dakar|Dalian|Dallas|Damascus|Dar es Salaam|Darwin|Davos|Dehradun|Delhi|Denver|Des Moines|Detroit|Dhaka|Dili|Djibouti|Doha|Dortmund|Dover|Dresden|Dubai|Dublin|Duesseldorf|Durban|Dushanbe|"
    "Edinburgh|Edmonton|Eindhoven|El Paso|Entebbe|Erbil|Essen|Fallujah|Florence|Fort Worth|Frankfort|Frankfurt|Fredericton|Freetown|Fukuoka|Gaborone|Gaza|Gaza City|Gdansk|Geneva|Genoa|Georgetown|"
    "Glasgow|Gothenburg|Grozny|Guadalajara|Guangzhou|Guantanamo Bay|Guatemala City|Guayaquil|Guwahati|Hague|The Hague|Halifax|Hamburg|Hamilton|Hangzhou|Hanoi|Hanover|Harare|Harbin|Harrisburg|Hartford|Havana|"
    "Hebron|Helena|Helsinki|Hiroshima|Ho Chi Minh City|Hobart|Hollywood|Hong Kong|Honiara|Honolulu|Houston|Hyderabad|Indianapolis|Innsbruck|Irbil|Islamabad|Istanbul|Izmir|Jackson|Jacksonville|Jaipur|"
    "Jakarta|Jammu|Jeddah|Jefferson City|Jerusalem|Johannesburg|Juba|Juneau|Kabul|Kampala|Kandahar|Kanpur|Kansas City|Karachi|Kathmandu|Khartoum|Kharkiv|Kharkov|Kiev|Kyiv|Kigali|Kingston|Kinshasa|Kirkuk|"
    "Kochi|Kolkata|Krakow|Kuala Lumpur|Kuwait|Kuwait City|Kyoto|La Paz|Lagos|Lahore|Lansing|Laramie|Las Vegas|Lausanne|Leeds|Leipzig|Libreville|Lille|Lilongwe|Lima|Lincoln|Lisbon|Little Rock|Liverpool|Ljubljana|"
    "Lome|London|Los Angeles|Louisville|Luanda|Lubbock|Lucknow|Lusaka|Luxembourg|Lviv|Lyon|Macau|Madison|Madras|Madrid|Malabo|Male|Managua|Manama|Manchester|Mangalore|Manila|Maputo|Mariupol|Marrakech|"
    "Marseille|Maseru|Mecca|Medellin|Medina|Melbourne|Memphis|Mexico City|Miami|Milan|Milwaukee|Minneapolis|Minsk|Mogadishu|Mombasa|Monaco|Monrovia|Monterrey|Montevideo|Montgomery|Montpelier|Montreal|Moroni|"
    "Moscow|Mosul|Mumbai|Munich|Muscat|N'Djamena|Nagasaki|Nagoya|Nairobi|Nanjing|Naples|Nashville|Nassau|Naypyitaw|Ndjamena|New Delhi|New Haven|New Orleans|New York|New York City|Newark|Newcastle|Niamey|Nice|"
    "Nicosia|Norfolk|Nottingham|Nouakchott|Novosibirsk|Nuku'alofa|Nuremberg|Oakland|Odesa|Odessa|Oklahoma City|Olympia|Omaha|Orlando|Osaka|Oslo|Ottawa|Ouagadougou|Oxford|Panama City|Paramaribo|Paris|Patna|Pattaya|Perth|"
    "Peshawar|Philadelphia|Phnom Penh|Phoenix|Pierre|Pittsburgh|Podgorica|Port Louis|Port Moresby|Port of Spain|Port-au-Prince|Portland|Porto|Porto Alegre|Porto-Novo|Prague|Praia|Pretoria|Pristina|Providence|"
    "Pune|Pyongyang|Qom|Quebec|Quebec City|Quetta|Quito|Rabat|Raipur|Raleigh|Ramallah|Ranchi|Rangoon|Rawalpindi|Recife|Regina|Reno|Reykjavik|Richmond|Riga|Rio de Janeiro|Riyadh|Rochester|Rome|Rotterdam|"
    "Sacramento|Saigon|Saint Paul|St. Paul|Salem|Salt Lake City|Salvador|Salzburg|San Antonio|San Diego|San Francisco|San Jose|San José|San Juan|San Marino|San Salvador|Sanaa|Santa Fe|Santa Monica|Santiago|Santo Domingo|Sao Paulo|"
    "Sarajevo|Seattle|Seoul|Seville|Shanghai|Sharjah|Sharm el-Sheikh|Sheffield|Shenzhen|Shimla|Simla|Singapore|Skopje|Sochi|Sofia|Southampton|Split|Springfield|Srinagar|St. John's|St. Louis|St. Petersburg|Saint Petersburg|"
    "Stockholm|Strasbourg|Stuttgart|Sucre|Surabaya|Suva|Sydney|Taipei|Tallahassee|Tallinn|Tampa|Tashkent|Tbilisi|Tegucigalpa|Tehran|Tel Aviv|Thessaloniki|Thimphu|Thiruvananthapuram|Tianjin|Tijuana|Tikrit|Timbuktu|"
    "Tirana|Tokyo|Topeka|Toronto|Toulouse|Trenton|Tripoli|Tucson|Tulsa|Tunis|Turin|Tyre|Ulan Bator|Ulaanbaatar|United Nations|Utrecht|Vaduz|Valencia|Valletta|Vancouver|Varanasi|Vatican City|Venice|Victoria|Vienna|Vientiane|"
    "Vilnius|Vladivostok|Warsaw|Washington|Washington D.C.|Wellington|West Palm Beach|Whitehorse|Windhoek|Winnipeg|Wuhan|Xian|Yangon|Yaounde|Yekaterinburg|Yellowknife|Yerevan|Yokohama|Zagreb|Zanzibar|Zurich"
    # German, Dutch, Nordic
    "|Aachen|Augsburg|Basel|Belgrad|Bielefeld|Bochum|Braunschweig|Brüssel|Bukarest|Chemnitz|Cottbus|Darmstadt|Den Haag|Duisburg|Düsseldorf|Erfurt|Florenz|Frankfurt/Main|Frankfurt am Main|Freiburg|Genf|Göttingen|Graz|Halle|"
    "Hannover|Heidelberg|Jena|Karlsruhe|Kassel|Kiel|Köln|Koblenz|Kopenhagen|Lissabon|Lübeck|Luzern|Magdeburg|Mailand|Mainz|Mannheim|München|Münster|Moskau|Nürnberg|Osnabrück|Peking|Potsdam|Prag|Rom|Rostock|Saarbrücken|Schwerin|"
    "Athen|Kairo|Straßburg|Teheran|Tokio|Trier|Ulm|Warschau|Wien|Wiesbaden|Wolfsburg|Würzburg|Zürich|Brussel|Londen|Parijs|Göteborg|Malmö|København|Helsingfors|Tampere|Turku|Trondheim|Stavanger|Washington DC"
    # Romance
    "|Abou Dhabi|Alger|Ankara|Athènes|Bagdad|Bamako|Bâle|Berne|Beyrouth|Bruxelles|Bucarest|Le Caire|Copenhague|Damas|Dijon|Genève|Grenoble|Jérusalem|Kaboul|Kinshasa|La Haye|Le Havre|Lisbonne|Londres|Luxembourg|Montpellier|Montréal|Moscou|"
    "Nantes|Ouagadougou|Pékin|Prague|Québec|Rennes|Rome|Rouen|Téhéran|Tel-Aviv|Tunis|Varsovie|Vienne|Yaoundé|Asunción|Atenas|Bagdad|Barcelona|Beirut|Berlín|Bogotá|Bruselas|Budapest|Cádiz|Caracas|Ciudad de México|Ciudad de Panamá|"
    "Córdoba|Ginebra|Granada|Guatemala|La Habana|La Haya|La Paz|Lima|Lisboa|Málaga|Managua|Medellín|Milán|Montevideo|Moscú|México|Murcia|Múnich|Nueva Delhi|Nueva York|Oviedo|Pamplona|París|Pekín|Roma|San Salvador|San Sebastián|"
    "Santander|Santiago de Chile|Santiago de Compostela|Santo Domingo|Sevilla|Teherán|Tokio|Toledo|Tegucigalpa|Valladolid|Varsovia|Viena|Vigo|Washington|Zaragoza|Bari|Bologna|Bruxelles|Cagliari|Catania|Firenze|Genova|Gerusalemme|Ginevra|"
    "Londra|Messina|Milano|Mosca|Napoli|Padova|Palermo|Parigi|Pechino|Perugia|Torino|Trento|Trieste|Venezia|Verona|Belo Horizonte|Brasília|Coimbra|Curitiba|Faro|Fortaleza|Luanda|Maputo|Nova York|Nova Iorque|Pequim|Rio|São Paulo|Montevidéu|"
    "Bucureşti|București|Cluj-Napoca|Chişinău|Iaşi"
    # Slavic, Greek, Turkish, Hungarian, Baltic
    "|Beograd|Bratislava|Brno|Budapeşte|Gdańsk|Kraków|Ljubljana|Łódź|Ostrava|Poznań|Praha|Novi Sad|Podgorica|Sarajevo|Skopje|Sofija|Szczecin|Warszawa|Wrocław|Zagreb|Banja Luka|Rīga|Vilnius|Ankara|İstanbul|İzmir|Antalya|Diyarbakır|Lefkoşa|"
    "Москва|Санкт-Петербург|Петербург|Киев|Київ|Минск|Мінськ|Алма-Ата|Алматы|Астана|Нур-Султан|Баку|Бишкек|Вашингтон|Вена|Берлин|Брюссель|Варшава|Вильнюс|Владивосток|Волгоград|Воронеж|Дамаск|Донецк|Ереван|Екатеринбург|Женева|Иркутск|Казань|"
    "Калининград|Каир|Кишинев|Краснодар|Красноярск|Лондон|Луганск|Львов|Львів|Мадрид|Мехико|Мурманск|Нижний Новгород|Новосибирск|Нью-Йорк|Одесса|Омск|ООН|Париж|Пекин|Пермь|Прага|Рига|Рим|Ростов-на-Дону|Самара|Севастополь|Сеул|Симферополь|"
    "София|Сочи|Стамбул|Стокгольм|Таллин|Ташкент|Тбилиси|Тегеран|Токио|Уфа|Хабаровск|Харьков|Харків|Хельсинки|Челябинск|Анкара|Афины|Багдад|Бейрут|Белград|Белгород|Гаага|Дели|Душанбе|Иерусалим|Бургас|Варна|Пловдив|Скопје|Београд|"
    "Αθήνα|Θεσσαλονίκη|Λευκωσία|Πειραιάς|Πάτρα|Βρυξέλλες|Λονδίνο|Παρίσι|Βερολίνο|Ρώμη|Μόσχα|Ουάσινγκτον|Νέα Υόρκη|Άγκυρα|Κωνσταντινούπολη|Αθηνα|Κάιρο"
    # Arabic, Persian, Hindi
    "|القاهرة|موسكو|واشنطن|لندن|باريس|بيروت|دمشق|بغداد|الرياض|دبي|أبوظبي|أبو ظبي|عمان|عمّان|الدوحة|الكويت|المنامة|مسقط|صنعاء|عدن|الخرطوم|طرابلس|بنغازي|تونس|الجزائر|الرباط|الدار البيضاء|نواكشوط|القدس|رام الله|غزة|حلب|أربيل|البصرة|طهران|"
    "أنقرة|اسطنبول|إسطنبول|نيقوسيا|أثينا|روما|برلين|بروكسل|جنيف|مدريد|نيويورك|الامم المتحدة|الأمم المتحدة|بكين|طوكيو|نيودلهي|إسلام آباد|كابول|كييف|جدة|مكة|الإسكندرية|مقديشو|تهران|नई दिल्ली|नयी दिल्ली|मुंबई|लखनऊ|पटना|वाशिंगटन|लंदन|भोपाल|जयपुर"
)

_REGION_KEYS = frozenset(fold(name) for name in _REGIONS.split("|"))
_CITY_KEYS = frozenset(fold(name) for name in _CITIES.split("|"))


def is_region(name: str) -> bool:
    """Whether a name is a country, state or province, abbreviated or not."""
    return fold(name) in _REGION_KEYS


def is_city(name: str) -> bool:
    """Whether a name is a city known to stand alone in datelines."""
    return fold(name) in _CITY_KEYS

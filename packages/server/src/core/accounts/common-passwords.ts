// Passwords that are tried first by whoever guesses: composed for this project from patterns that every published list of
// leaked passwords shows. Lower case, ten characters or more, since shorter ones are refused by their length.
// `COMMON_STEMS` are words that stay guessable with a few digits or signs at an end (`password-policy.ts` strips those).

export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  !qaz2wsx#edc 0000000000 0123456789 0147258369 0987654321 1020304050 1111111111 1122334455 1212121212 1231231231
  123123123123 123321123321 1234512345 1234554321 1234567887654321 1234567890 12345678900 1234567891 12345678910
  123456789123 1234567899 123456789a 123456789q 123456789z 1314520520 1472583690 159357159357 1597534862 1q2w3e4r5t
  1q2w3e4r5t6y 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx3e 1qaz2wsx3edc 1qazxsw23edc 5201314520 5201314woaini 7894561230
  9517538246 9876543210 a123456789 a1234567890 a12345678910 a1b2c3d4e5 a1b2c3d4e5f6 aa12345678 aa123456789 aaaaaaaaa1
  aaaaaaaaaa abc1234567 abc12345678 abc123abc123 abcd123456 abcd1234567 abcd12345678 abcde12345 abcdef123456
  abcdefg123 abcdefghij abcdefghijk abdullah123 access1234 access123456 accounting accounting1 acdcacdc123 admin12345
  admin123456 admin1234567 admin@1234 admin@12345 adminadmin adminadmin1 administrator administrator1 adminpassword
  airforce123 alejandra1 alejandra123 alejandro1 alejandro123 alexander1 alexander12 alexander123 alexandr123
  alexandra1 alexandra123 alexandria alhamdulillah allahuakbar amanda1234 amanda12345 america123 american123
  amore12345 amoreamore amoremio123 amsterdam1 amsterdam123 andrew1234 andrew12345 android123 angel12345 angel123456
  angels1234 anthony123 anthony1234 apple12345 aqwzsxedc1 argentina1 argentina123 arsenal123 arsenalfc1 asd12345678
  asd123asd123 asdf123456 asdf1234asdf asdfasdfasdf asdfg12345 asdfgh1234 asdfgh12345 asdfghjkl1 asdfghjkl12
  asdfghjkl123 asdfghjkl; asdfghjklq ashley1234 ashley12345 assassin123 august1234 australia1 australia123 automobile
  autumn2020 autumn2021 autumn2022 autumn2023 autumn2024 autumn2025 autumn2026 avengers123 azerty1234 azerty12345
  azerty123456 azertyuiop azertyuiop123 babyboy123 babygirl10 babygirl11 babygirl12 babygirl123 babygirl1234
  babygirl13 bangladesh barcelona1 barcelona10 barcelona123 baseball10 baseball12 baseball123 baseball1234 basketball
  basketball1 basketball12 basketball23 batman1234 batman12345 beatles123 beautiful1 beautiful12 beautiful123
  beautifulgirl believe123 believeinme benjamin12 benjamin123 benjamin1234 bestfriend bestfriend1 bestfriends
  bestfriends1 birmingham birmingham1 birthday123 bismillah1 bismillah123 bismillah786 blackandwhite blackberry
  blackberry1 blackberry123 blackcat12 blackcat123 blackdragon blacksabbath blackwhite blessed123 blessed1234
  blink182blink blueberry1 blueeyes12 blueeyes123 bluemoon123 bluesky123 bmw1234567 bonita1234 bonjour123 brandon123
  brandon1234 brasil1234 brazil1234 brother123 brothers123 business12 business123 buttercup1 buttercup123 butterfly1
  butterfly12 butterfly123 butterfly7 california california1 california123 californication callofduty1 callofduty2
  callofduty4 camaro1234 captainamerica carolina123 casablanca catherine1 catherine123 celtic1234 celtic1888
  changeme123 changeme1234 changeme2024 changemenow charles123 charlie123 charlie1234 charlotte1 charlotte123
  cheerleader cheerleader1 cheesecake cheesecake1 chelsea123 chelseafc1 chemistry1 chewbacca1 children123 chocolate1
  chocolate12 chocolate123 chocolate2 chouchou12 chouchou123 christian1 christian123 christina1 christina123
  christine1 christmas1 christmas12 christmas123 christopher christopher1 christopher123 ciaociao123 college123
  company123 computer12 computer123 computer1234 consulting contrasena contrasena1 contrasena123 contraseña123
  cookie1234 cookiemonster corazon123 corporation correcthorsebatterystaple corvette123 counterstrike cowboys123
  cranberry1 crystal123 cupcake123 daddysgirl daddysgirl1 daniel1234 daniel12345 darkangel1 darkknight darkness12
  darkness123 darthvader darthvader1 database12 database123 daughter123 deadpool123 december12 december123 december25
  default123 defaultpassword determination deutschland developer1 developer123 diamond123 director123 dontforget
  dontforget1 dontworry1 doudou1234 dragon1234 dragon12345 dragonball dragonball1 dragonballz dumbledore ekaterina1
  electricity electronic1 electronics elizabeth1 elizabeth12 elizabeth123 elizabeth2 eminem1234 engineer123
  engineering england123 enterprise enterprise1 enterprise123 estrella12 estrella123 everton123 everything everything1
  facebook12 facebook123 facebook1234 faith12345 faithhope1 family1234 family12345 february123 february14 fernando123
  ferrari123 firefighter firefighter1 football10 football11 football12 football123 football1234 forever123 forever1234
  foreverandever foreverlove fortnite123 francefrance francisco1 francisco123 frankfurt1 freedom123 freedom1234
  friends123 friends1234 friendsforever friendship friendship1 fuckoffbitch fuckthis123 fuckyou123 fuckyou1234
  fuckyou12345 fuckyou666 fuckyoubitch gabriela123 gabriella1 gandalf123 gangsta123 gangster123 geheim1234 george1234
  germany123 gfhjkm1234 gfhjkm12345 ghbdtn1234 gingerbread godisgood1 godisgood123 godisgreat godislove1 golden1234
  goldengirl goldfish12 goodbye123 goodluck123 goodmorning goodmorning1 google1234 google12345 grandma123 grandpa123
  greenapple greenday123 gryffindor guadalupe1 guadalupe123 guest12345 guestguest hallelujah hallo12345 hallo123456
  halloween1 halloween123 hannah1234 happiness1 happiness123 happy12345 happybirthday happyday123 happyface1
  happyhappy harley1234 harleydavidson harrypotter harrypotter1 harrypotter123 haslo12345 haslo123456 heather123
  heaven1234 heavymetal helicopter helicopter1 hello12345 hello123456 hellohello hellohello1 hellokitty hellokitty1
  hellokitty123 helloworld helloworld1 helloworld123 helpdesk12 helpdesk123 hermosa123 heslo12345 highschool
  hockey1234 hogwarts123 hollywood1 hollywood123 honda12345 hotstuff123 hunter1234 hunter12345 hurricane1 idontcare1
  idontcare123 idontknow1 idontknow123 ihateyou123 ilovefootball ilovejesus ilovejesus1 iloveme123 ilovemusic
  ilovemusic1 ilovemyfamily ilovemylife ilovemymom1 ilovemyself iloveyou01 iloveyou11 iloveyou12 iloveyou123
  iloveyou1234 iloveyou2! iloveyou69 iloveyoubaby iloveyouforever iloveyoumom iloveyouso iloveyousomuch imagination
  imissyou12 imissyou123 india12345 india123456 indonesia1 indonesia123 indonesia45 inspiration instagram1
  instagram123 insyaallah internet12 internet123 internet1234 iphone1234 ireland123 ironmaiden ironmaiden1 ironman123
  isabella123 jacqueline jacqueline1 jamaica123 january123 javascript javascript1 jellybean1 jellybeans jennifer12
  jennifer123 jessica123 jessica1234 jesus12345 jesus123456 jesuschrist jesuschrist1 jesusisgod jesusislord
  jesuslovesme jetaime123 johncena12 johncena123 jonathan12 jonathan123 jonathan1234 jordan1234 jordan12345 jordan2323
  joseph1234 josephine1 joshua1234 joshua12345 july041776 justice123 justin1234 justinbieber justinbieber1 juventus123
  juventus1897 katherine1 katherine123 keyboard12 keyboard123 killer1234 killer12345 killerkiller kochamcie1
  kochamcie123 krishna123 lacrosse12 lacrosse123 lakers1234 lamborghini lasvegas123 lauren1234 leagueoflegends
  ledzeppelin letmein123 letmein1234 letmeinletmein letmeinnow letmeinplease liberty123 library123 lightning1
  lightning123 linkedin123 linkinpark linkinpark1 liverpool1 liverpool12 liverpool123 liverpoolfc login12345
  login123456 loginlogin london1234 london2012 lordoftherings losangeles losangeles1 loulou1234 lovelove123
  lovelovelove lovelygirl loveyou123 loveyou1234 lukeskywalker macintosh1 madison123 maggie1234 mamapapa123 management
  management1 manager123 manchester manchester1 manchesterunited manutd1234 margarita1 marina1234 marines123
  mariposa12 mariposa123 marketing1 marketing123 marshmallow master1234 master12345 masterchief masterchief1
  mastermaster matthew123 matthew1234 melbourne1 melissa123 melissa1234 mercedes123 mercedesbenz metallica1
  metallica123 mexico1234 michael123 michael1234 michaeljackson michelle12 michelle123 michelle1234 mickeymouse
  mickeymouse1 microsoft1 microsoft123 midnight12 midnight123 midnight1234 military123 millennium millenniumfalcon
  minecraft1 minecraft123 minecraft1234 minniemouse mississippi mohamed123 mohammed12 mohammed123 mommy12345
  mommyanddaddy monitor123 monkey1234 monkey12345 monkeyman1 moonlight1 moonlight123 motdepasse motdepasse1 mother1234
  motherfucker motherfucker1 motivation motorbike1 motorcycle motorcycle1 mountain12 mountain123 muhammad12
  muhammad123 mustang123 mustang1234 mybaby1234 myfamily123 mylife1234 mylove1234 mylove12345 mylovemylove mynameis123
  mypassword mypassword1 mypassword123 mysecretpassword myspace123 myspace1234 mysql12345 mysqlmysql natalie123
  natasha123 neverforget nevergiveup newcastle1 newpassword newpassword1 newyork123 newyork1234 newyorkcity nicholas12
  nicholas123 nicholas1234 nicole1234 nicole12345 nintendo123 nintendo64 nirvana123 nopassword nopassword1 nothing123
  november11 november12 november123 october123 office1234 office12345 opensesame opensesame1 oracle1234 orange1234
  p@$$w0rd123 p@ssw0rd123 p@ssword123 packers123 pakistan12 pakistan123 pakistan786 panther123 parola1234 parola12345
  passw0rd123 password1! password12 password123 password1234 password12345 password123456 passwordpassword passwort12
  passwort123 passwort1234 patrick123 patriot123 patriots12 peanutbutter phantom123 philadelphia philippines
  philippines1 phoenix123 phoenix1234 photograph photography photoshop1 pineapple1 pineapple123 pinkfloyd1 pittsburgh
  playboy123 player1234 playstation playstation1 playstation2 playstation3 playstation4 pokemon123 pokemon1234
  pokemon12345 polska1234 polska12345 porsche911 portsmouth postgres123 postgresql predator123 president1 president123
  prettygirl prettygirl1 princesa12 princesa123 princess10 princess11 princess12 princess123 princess1234 princess13
  privet1234 programmer programmer1 programming purple1234 purple12345 purplerain q123456789 q1w2e3r4t5 q1w2e3r4t5y6
  qazwsx123456 qazwsxedc1 qazwsxedcrfv qq12345678 qqqqqqqqqq qwaszxqwaszx qwe123qwe123 qweasd1234 qweasdzxc123
  qweasdzxcv qweqweqwe1 qwer1234qwer qwerasdfzxcv qwert12345 qwert123456 qwertasdfg qwerty123! qwerty1234 qwerty12345
  qwerty123456 qwertyqwerty qwertyqwerty123 qwertyuiop qwertyuiop1 qwertyuiop123 qwertyuiop[] qwertz1234 qwertz12345
  qwertzuiop rainbow123 rainbow1234 rangers123 raspberry1 realmadrid realmadrid1 rebecca123 rebecca1234 redsox1234
  remember123 rememberme rememberme1 richard123 robert1234 roblox1234 rockandroll rocknroll1 rockstar12 rockstar123
  rootpassword rootroot12 rootroot123 runescape1 runescape123 salvation1 samantha12 samantha123 samantha1234
  samsung123 samsung1234 sayang1234 sayangku123 schatz1234 school1234 school12345 scoobydoo1 scoobydoo123 scorpion123
  scotland123 sebastian1 sebastian123 secret1234 secret12345 secretary1 secretary123 secretpassword security12
  security123 senha12345 senha123456 september1 september11 september12 september123 service123 sexybitch1 sexygirl12
  sexygirl123 shadow1234 shadow12345 silver1234 singapore1 singapore123 sister1234 skateboard skateboard1
  skateboarding skywalker1 skywalker123 slipknot12 slipknot123 slipknot666 smile12345 smiley1234 snapchat123
  snowboard1 snowboarding soccer1234 soccer12345 softball12 softball123 soleil1234 something1 something123 southampton
  spartak123 spartak1922 spiderman1 spiderman12 spiderman123 spiderman3 spongebob1 spongebob123 spring2020 spring2021
  spring2022 spring2023 spring2024 spring2025 spring2026 springtime stallion123 starcraft1 starcraft2 starlight1
  startrek123 starwars12 starwars123 starwars1234 steelers123 stephanie1 stephanie123 strawberries strawberry
  strawberry1 strawberry12 student123 student1234 subaru1234 submarine1 success123 successful summer2020 summer2021
  summer2022 summer2023 summer2024 summer2025 summer2026 summertime summertime1 sunflower1 sunflower123 sunshine12
  sunshine123 sunshine1234 superman12 superman123 superman1234 supersecret supersecret1 superstar1 superstar123
  support123 suzuki1234 sweetheart sweetheart1 sweetiepie sweetpea123 swimming123 switzerland taylor1234 taylorswift
  teacher123 teacher1234 teamo12345 teamo123456 teamomucho teamoteamo technology technology1 telephone1 telephone123
  television television1 temp123456 temporary1 temporary123 temppassword tennessee1 tequiero12 tequiero123
  tequieromucho terminator terminator1 terminator2 test123456 test1234567 testing123 testing1234 testpassword
  testtest12 testtest123 thanksgiving thebeatles thepassword thisisapassword thisismypassword thomas1234 thunder123
  thunder1234 tiger12345 tigger1234 tigger12345 tinkerbell tinkerbell1 together123 topsecret1 topsecret123 tornado123
  toyota1234 transformers trustno123 trustno1trustno1 tupac12345 twitter123 undertaker university university1
  university123 user123456 username123 useruser123 usmc123456 valentina1 valentine1 vampire123 vanessa123 vanessa1234
  veronica123 veronika123 victoria12 victoria123 victoria1234 volkswagen volleyball volleyball1 volunteer1 wachtwoord
  wachtwoord1 warcraft123 warrior123 warrior1234 washington washington1 watermelon watermelon1 webmaster1 webmaster123
  welcome123 welcome1234 welcome12345 welcome2020 welcome2021 welcome2022 welcome2023 welcome2024 welcome2025
  welcome2026 welcomehome welcometo1 westham123 whatever12 whatever123 whatever1234 whatsapp123 whatsup123 whoknows12
  wilderness william123 williams123 windows123 windows1234 windowsxp1 winniethepooh winter2020 winter2021 winter2022
  winter2023 winter2024 winter2025 winter2026 wintertime woaini1314 woaini1314520 woaini5201314 wolverine1
  wolverine123 worldofwarcraft xxxxxxxxxx yamaha1234 yankees123 yellow1234 yourpassword youtube123 youtube1234
  z123456789 zaq12wsxcde3 zaq12wsxzaq12wsx zaq1zaq1zaq1 zombie1234 zxcv1234zxcv zxcvbn1234 zxcvbnm,./ zxcvbnm123
  zxcvbnm1234 zxcvbnmasd zxcvbnmzxcvbnm zzzzzzzzzz
  `
    .trim()
    .split(/\s+/),
);

export const COMMON_STEMS: ReadonlySet<string> = new Set(
  `
  password passwort passwd pass motdepasse contrasena wachtwoord senha parola haslo heslo qwerty qwertz azerty qwer
  asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx abc abcd abcdef welcome letmein login access admin administrator root
  user guest test testing temp changeme default secret master super trustno hello hallo iloveyou loveyou love lovely
  sunshine princess monkey dragon football baseball basketball soccer hockey superman batman spiderman pokemon
  starwars shadow hunter killer summer winter spring autumn january february march april may june july august
  september october november december monday tuesday wednesday thursday friday saturday sunday computer internet
  windows google facebook apple samsung minecraft charlie michael jennifer jessica michelle daniel thomas jordan
  ashley jesus angel christmas chocolate cookie freedom whatever nothing company office kith chat
  `
    .trim()
    .split(/\s+/),
);

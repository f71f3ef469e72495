"""Short texts of our own writing: some are not English reviews, others are odd reviews."""

# In each language, praise of a film and a text that is not a review at all.
OTHER_LANGUAGES = {
    "German": [
        "Die Bilder sind wunderschön, doch die Handlung ist so dünn, dass ich fast einschlief.",
        "Morgen fahren wir mit dem Zug nach Hamburg, weil meine Schwester dort Geburtstag feiert.",
    ],
    "French": [
        "Les images sont belles, mais l'intrigue est tellement mince que j'ai failli m'endormir.",
        "Demain nous prenons le train pour Lyon, car ma sœur y fête son anniversaire.",
    ],
    "Spanish": [
        "Las imágenes son preciosas, pero la trama es tan floja que casi me quedo dormido.",
        "Mañana tomamos el tren a Sevilla porque mi hermana celebra allí su cumpleaños.",
    ],
    "Italian": [
        "Le immagini sono stupende, ma la trama è così debole che mi sono quasi addormentato.",
        "Domani prendiamo il treno per Torino perché mia sorella festeggia il compleanno.",
    ],
    "Portuguese": [
        "As imagens são lindas, mas o enredo é tão fraco que quase adormeci na sala.",
        "Amanhã vamos de comboio para o Porto porque a minha irmã faz anos.",
    ],
    "Dutch": [
        "De beelden zijn prachtig, maar het verhaal is zo dun dat ik bijna in slaap viel.",
        "Morgen nemen we de trein naar Utrecht, want mijn zus viert daar haar verjaardag.",
    ],
    "Polish": [
        "Zdjęcia są przepiękne, ale fabuła jest tak słaba, że prawie zasnąłem w kinie.",
        "Jutro jedziemy pociągiem do Krakowa, bo moja siostra obchodzi tam urodziny.",
    ],
    "Turkish": [
        "Görüntüler muhteşem ama hikaye o kadar zayıf ki neredeyse uyuyakaldım.",
        "Yarın trenle Ankara'ya gidiyoruz, çünkü kız kardeşimin doğum günü var.",
    ],
    "Swedish": [
        "Bilderna är vackra, men handlingen är så tunn att jag nästan somnade.",
        "I morgon tar vi tåget till Lund eftersom min syster fyller år.",
    ],
    "Finnish": [
        "Kuvat ovat kauniita, mutta juoni on niin ohut, että melkein nukahdin.",
    ],
    "Indonesian": [
        "Gambarnya indah, tetapi ceritanya begitu lemah sehingga saya hampir tertidur.",
    ],
    "Russian": [
        "Картинка прекрасная, но сюжет такой слабый, что я чуть не уснул.",
        "Завтра мы едем на поезде в Казань, у сестры день рождения.",
    ],
    "Chinese": ["画面很美，但是剧情太单薄，我差点睡着了。", "明天我们坐火车去南京，给妹妹过生日。"],
    "Japanese": [
        "映像は美しいが、物語があまりに薄くて眠りそうになった。",
        "明日は妹の誕生日なので電車で京都へ行きます。",
    ],
    "Arabic": [
        "الصور جميلة لكن القصة ضعيفة جدا حتى كدت أنام.",
        "غدا نسافر بالقطار لأن أختي تحتفل بعيد ميلادها.",
    ],
    "Hindi": [
        "दृश्य सुंदर हैं, लेकिन कहानी इतनी कमज़ोर है कि मैं सो ही गया था।",
        "कल हम ट्रेन से दिल्ली जाएँगे, बहन का जन्मदिन है।",
    ],
    "Hindi in Latin letters": ["Kahani itni kamzor hai ki main to lagbhag so hi gaya tha yaar."],
    "Latin": ["Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae."],
}

SHORT_OTHER_LANGUAGES = [
    ("German", "Sehr gut!"),
    ("German", "Ein toller Film"),
    ("German", "Sehr gut gemacht"),
    ("German", "Absolut sehenswert"),
    ("German", "Total langweilig"),
    ("French", "Très bon film"),
    ("French", "C'est nul"),
    ("French", "Pas terrible"),
    ("French", "Quelle déception"),
    ("French", "Comment ça va"),
    ("French", "C'est génial"),
    ("Spanish", "Muy buena película"),
    ("Spanish", "Me encantó"),
    ("Spanish", "Vale la pena"),
    ("Spanish", "Una obra maestra"),
    ("Italian", "Che noia"),
    ("Italian", "Bellissimo film"),
    ("Portuguese", "Muito bom"),
    ("Portuguese", "Adorei o filme"),
    ("Danish or Norwegian", "Veldig bra film"),
    ("Swedish", "Riktigt bra film"),
    ("Dutch", "Wat een saaie film"),
    ("Polish", "Bardzo dobry film"),
    ("Czech", "Velmi dobrý film"),
    ("Hungarian", "Nagyon jó film"),
    ("Romanian", "Foarte bun"),
    ("Turkish", "Çok güzel bir film"),
    ("Finnish", "Erittäin hyvä elokuva"),
    ("Indonesian", "Film yang sangat bagus"),
    ("Vietnamese", "Phim rất hay"),
    ("Russian", "Отличный фильм"),
    ("Ukrainian", "Чудовий фільм, дуже цікавий"),
    ("Greek", "Καλή ταινία"),
    ("Hebrew", "סרט נהדר"),
    ("Arabic", "فيلم رائع"),
    ("Persian", "فیلم خوبی بود"),
    ("Hindi", "बहुत अच्छी फिल्म"),
    ("Thai", "สนุกมาก"),
    ("Japanese", "素晴らしい映画"),
    ("Chinese", "很好看的电影"),
    ("Korean", "좋은 영화"),
]

GIBBERISH = [
    "xkqzv bnmtr plokj wqerz vbnhg",
    "asdf jkl; asdfjkl qwerasdf",
    "sdfsd fsdf the sdf sdfsdf sdfs a sdfsdf",
    "a s d f g h j k l",
    "Zxqvy",
    "lkjhg movie poiuy mnbvc zxcvb",
]

CODE = {
    "Python": """\
import csv
from pathlib import Path

def total(path):
    rows = csv.reader(Path(path).open())
    for row in rows:
        if len(row) > 2:
            yield sum(int(cell) for cell in row)
""",
    "one line of Python": "print([n ** 2 for n in range(10)])",
    "JavaScript": """\
const form = document.querySelector('form');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch('/review', { method: 'POST' });
});
""",
    "one line of JavaScript": "let total = 0; for (const x of list) { total += x; }",
    "HTML": '<html><head><title>Films</title></head><body><ul class="menu"><li><a href="/">Home</a>'
    '</li><li><a href="/top">Top</a></li></ul><img src="a.png"></body></html>',
    "JSON": '{"name": "Casablanca", "year": 1942, "cast": ["Bogart", "Bergman"], "colour": true}',
    "JSON in lines": '{\n  "name": "Casablanca",\n  "cast": ["Bogart"],\n  "year": 1942\n}',
    "a log": """\
2024-01-05 21:30:11,402 INFO the films are loaded
2024-01-05T21:30:12Z [main] the film is not there
""",
    "CSS": "body { color: red; margin: 0; }\n.film { border: none; }",
    "SQL": "SELECT title, COUNT(*) FROM films f JOIN reviews r ON r.film = f.id GROUP BY title;",
    "SQL in small letters": "update films set title = 'Heat' where id = 12;",
    "a Python traceback": """\
Traceback (most recent call last):
  File "app.py", line 40, in <module>
    main()
  File "app.py", line 12, in main
    return films[title]
KeyError: 'Heat'
""",
    "a Java stack trace": """\
java.lang.IllegalStateException: the film is not there
    at org.films.Store.find(Store.java:31)
    at org.films.Main.main(Main.java:9)
""",
    "C": '#include <stdio.h>\n\nint main(void)\n{\n    puts("the best film");\n    return 0;\n}\n',
}

NUMBERS = [
    "1 2 3 4 5 6 7 8",
    "2.5, 3.75, 19.25",
    "2024-03-17",
    "+49 30 1234567",
    "1,4.5,3\n2,5.5,4\n3,6.5,5",
]

LINKS = [
    "https://www.example.com/reviews/a-wonderful-film?page=2",
    "www.example.com/this-is-a-great-film",
    "http://a.example/the-film http://b.example/the-other",
    "someone@example.com",
    "SSBsb3ZlZCB0aGlzIGZpbG0gc28gbXVjaCB0aGF0IEkgc2F3IGl0IHR3aWNl",
    "d41d8cd98f00b204e9800998ecf8427e",
]

ODD_REVIEWS = [
    "Loved it",
    "LOVED IT SO MUCH!!!",
    "Absolutely wonderful film",
    "La La Land is a joy",
    "Das Boot rules",
    "C'est la vie, what a film",
    "Hasta la vista, baby",
    "Le sigh",
    "Not good at all",
    "meh",
    "Good",
    "lol",
    "A+",
    "8",
    "7/10",
    "10/10!!!",
    "Acting 8/10, plot 7/10, music 9/10, ending 2/10",
    "Story: 8\nActing: 9\nMusic: 7\nOverall: 8",
    "so bad it's good!!!",
    "I <3 <3 <3 <3 this movie",
    "Loved it ^_^ ^_^",
    "Good cast :] nice plot =D sad end ;( and I cried <3",
    "Great movie ~~~~",
    "LOVED IT >>>>>",
    "It cost $$$$ and it is awful",
    "$ 20 million and not one good scene",
    "[spoiler] He dies [/spoiler] Great.",
    "Plot: 8/10; Acting: 9/10; Music: 7/10; Overall: 8/10;",
    "| Plot | 8 | Acting | 9 |",
    "2024-01-05 21:30 watched it with friends. Loved every minute.",
    "print quality was bad (on DVD)",
    "at best (5/10)",
    "Awful.Just(!) awful film",
    "gr8 movie",
    "sooooooo good",
    "i luv dis movie sooo much its da bomb",
    "+ great cast\n+ funny\n- too long",
    "Die Hard is so good",
    "La Dolce Vita is a masterpiece",
    "El Mariachi rocks!",
    "Kurosawa, Mifune, Shimura and Tatsuya Nakadai in Shichinin no Samurai: superb.",
    "Amitabh Bachchan, Jaya Bhaduri, Shah Rukh Khan, Hrithik Roshan and Kajol in one film!",
    "A young man in Krzysztof Kieślowski's Kraków loses Zbigniew, finds Małgorzata, and I cried.",
    "<p><b>Great</b> <i>film</i></p>",
    '<div class="review"><p>I loved this film</p></div>',
    "<ul><li>Great acting</li><li>Beautiful music</li><li>Boring plot</li></ul>",
    "<h1>Jaws</h1><span>Great</span> <span>film</span>",
    "<br /><br />I laughed.<br /><br /><i>Twice.</i><br />&quot;Fun&quot; &amp; games<br />",
    "if (you == bored) { skip(this); } Seriously, a terrible film that I would not watch again.",
    "Directing = poor.\nActing = worse, and I say that as someone who has liked all their films.",
    "See https://example.com/review for the long version, but in short: a wonderful film",
    '"Jaws": not bad at all.',
    '"Titanic": the story is gripping',
    '"Alien": 10/10',
    '"Alien": great, "Aliens": dull',
    '"The Cook": a dull, endless story about a man who cannot cook and will not stop.',
    "The worst. I want these two hours of my life back. 1/10",
]

// For browsers in which the page cannot run: says so in the reader's language, and keeps the page from starting. It is written
// in the JavaScript of 2009, which those understand; all others leave at once. What it asks for came by the summer of 2024.
(function () {
  var TEXTS = {
    en: [
      'This browser is too old for Kith',
      'Please bring it up to date, or use another one: Chrome, Edge or Firefox of 2024, Safari 17.5, or newer.'
    ],
    de: [
      'Dieser Browser ist zu alt für Kith',
      'Bitte bring ihn auf den neuesten Stand, oder nimm einen anderen: Chrome, Edge oder Firefox von 2024, Safari 17.5, oder neuer.'
    ],
    ar: [
      'هذا المتصفح قديم جدًا لتشغيل Kith',
      'يرجى تحديثه أو استخدام متصفح آخر: Chrome أو Edge أو Firefox من عام 2024، أو Safari 17.5، أو أحدث.'
    ]
  };

  function isRecent() {
    return (
      'noModule' in document.createElement('script') &&
      Boolean(Array.prototype.toSorted && String.prototype.toWellFormed) &&
      Boolean(window.AbortSignal && AbortSignal.any) &&
      Boolean(window.CSS && CSS.supports && CSS.supports('color', 'light-dark(#000, #fff)'))
    );
  }

  function preferred() {
    var wanted = navigator.languages || [navigator.language || ''];
    var tag;
    var at;
    for (at = 0; at < wanted.length; at += 1) {
      tag = String(wanted[at]).slice(0, 2).toLowerCase();
      if (Object.prototype.hasOwnProperty.call(TEXTS, tag)) return tag;
    }
    return 'en';
  }

  function element(name, text) {
    var made = document.createElement(name);
    made.appendChild(document.createTextNode(text));
    return made;
  }

  if (isRecent()) return;
  var language = preferred();
  var place = document.getElementById('app');
  // The page looks for its place by this name, and leaves without it.
  place.id = 'unable';
  place.className = 'unable';
  place.setAttribute('role', 'alert');
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
  place.appendChild(element('h1', TEXTS[language][0]));
  place.appendChild(element('p', TEXTS[language][1]));
})();

Documentation.addTranslations({
  "locale": "es",
  "messages": {
    ", in ": ", en ",
    "Hide Search Matches": "Quitar el resaltado de la búsqueda",
    "Preparing search...": "Preparando la búsqueda…",
    "Search Results": "Resultados",
    "Searching": "Buscando",
    "Search finished, found ${resultCount} page(s) matching the search query.": "Páginas encontradas: ${resultCount}.",
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.": "Ninguna página contiene esas palabras. Revisa la ortografía y las tildes."
  },
  "plural_expr": "n != 1"
});

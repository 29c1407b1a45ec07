// Sets the chosen theme before the first paint. A file of its own, because the page's policy allows no inline script.
try {
  var theme = localStorage.getItem('keyspace.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme holds.
}

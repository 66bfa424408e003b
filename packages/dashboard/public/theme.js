// Before the first paint, and a file because the content security policy allows no inline script.
try {
  const theme = localStorage.getItem('cardea.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is switched off: the theme of the system holds.
}

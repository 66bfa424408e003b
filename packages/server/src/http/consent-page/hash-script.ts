/** For services that send a token back behind the `#`: only a page in the browser can read it, and it hands it in at once. */
export const hashScript = `
const form = document.getElementById('hand-in')
const found = new URLSearchParams(location.hash.slice(1))
// Neither the history nor what is read over somebody's shoulder keeps it.
history.replaceState(null, '', location.pathname)
for (const [name, value] of found) {
  if (name === 'state') continue
  const field = document.createElement('input')
  field.type = 'hidden'
  field.name = name
  field.value = value
  form.append(field)
}
form.submit()
`

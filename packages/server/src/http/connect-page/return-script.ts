/** The only script of the hosted page: tells the page that opened the popup, and nobody of another origin, then closes. */
export const returnScript = `
const back = document.getElementById('back')
const message = JSON.parse(back.dataset.message)
const opener = window.opener
if (opener) {
  // Opened by the button in a frame, the page that waits is around that frame. The browser delivers to the named origin alone.
  for (const page of new Set([opener, opener.parent])) page.postMessage(message, back.dataset.origin)
  window.close()
} else {
  location.replace(back.href)
}
`

/** Which workspace this tab is about; a new tab begins with the one used last. Only an id is kept. */
const NAME = 'cardea.workspace'

let chosen: string | undefined = read()

export function chosenWorkspace(): string | undefined {
  return chosen
}

export function keepWorkspace(id: string): void {
  chosen = id
  try {
    sessionStorage.setItem(NAME, id)
    localStorage.setItem(NAME, id)
  } catch {
    // Storage is switched off: the choice holds until the page is loaded again.
  }
}

export function forgetWorkspace(): void {
  chosen = undefined
  try {
    sessionStorage.removeItem(NAME)
    localStorage.removeItem(NAME)
  } catch {
    // Then there is nothing kept either.
  }
}

function read(): string | undefined {
  try {
    return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME) ?? undefined
  } catch {
    return undefined
  }
}

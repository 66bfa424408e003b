/** A doorway under a Roman arch, its door ajar on the hinge. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="4 3.5 24 25" aria-hidden="true" className="shrink-0 text-accent">
      <path
        d="M8 25V13a8 8 0 0 1 16 0v12"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path
        d="M8 13.5 16.5 10.8v16.9L8 25z"
        fill="currentColor"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
      />
    </svg>
  )
}

export type FindingKind =
  | 'edited'
  | 'missing'
  | 'reordered'
  | 'truncated'
  | 'writer_missing'
  | 'checkpoint_missing'
  | 'rolled_back'
  | 'foreign'

/** One thing that is not as it was written. */
export interface Finding {
  kind: FindingKind
  /** The chain it is about; none where it is about the checkpoints. */
  writer?: string
  /** The first and the last record, or checkpoint. */
  seq?: number
  to?: number
  sentence: string
}

/** Findings side by side are one; a log that is wrong from end to end does not fill the memory. */
export interface Findings {
  add(finding: Omit<Finding, 'sentence'>, sentence: (range: string) => string): void
  list(): Finding[]
  /** How many there were beyond those listed. */
  readonly more: number
}

const MAX_LISTED = 200

export function createFindings(): Findings {
  const listed: { finding: Omit<Finding, 'sentence'>; sentence: (range: string) => string }[] = []
  let more = 0
  return {
    add: (finding, sentence) => {
      const last = listed.at(-1)?.finding
      const continues =
        last?.kind === finding.kind &&
        last.writer === finding.writer &&
        finding.seq !== undefined &&
        (last.to ?? last.seq) === finding.seq - 1
      if (continues) last.to = finding.to ?? finding.seq!
      else if (listed.length < MAX_LISTED) listed.push({ finding: { ...finding }, sentence })
      else more += 1
    },
    list: () => listed.map(({ finding, sentence }) => ({ ...finding, sentence: sentence(range(finding)) })),
    get more() {
      return more
    },
  }
}

function range({ seq = 0, to = seq }: { seq?: number; to?: number }): string {
  return to > seq ? `${seq} to ${to}` : `${seq}`
}

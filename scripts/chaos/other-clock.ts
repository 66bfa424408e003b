// Given to node with --import: in this process the clock that can be set is wrong by CHAOS_CLOCK_MILLISECONDS.
const by = Number(process.env.CHAOS_CLOCK_MILLISECONDS ?? 0)
const now = Date.now
Date.now = () => now() + by

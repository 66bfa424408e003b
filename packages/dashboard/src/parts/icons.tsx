/** Line drawings on a 16-pixel grid, in the colour of the text beside them. Always beside words. */
const shapes = {
  overview: 'M2.5 2.5h4.5v5h-4.5zM9 2.5h4.5v3H9zM9 8h4.5v5.5H9zM2.5 10h4.5v3.5h-4.5z',
  members:
    'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M1.5 13.5c.3-2.4 2-3.8 4.5-3.8s4.2 1.4 4.5 3.800M10.5 2.800a2.5 2.5 0 0 1 0 4.500M12 10c1.5.5 2.3 1.7 2.5 3.5',
  keys: 'M10.5 8.500a3 3 0 1 0-2.9-2.200L2.5 11.400v2.100h2.600v-1.700h1.700v-1.700l1.6-1.800a3 3 0 0 0 2.1.2M11.3 4.800h.01',
  audit: 'M3.5 1.800h9v12.400h-9zM6 5h4M6 8h4M6 11h2.5',
  you: 'M8 8a2.8 2.8 0 1 0 0-5.600A2.8 2.8 0 0 0 8 8M2.8 14c.5-2.6 2.4-4 5.2-4s4.7 1.4 5.2 4',
  system: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  check: 'M3 8.5 6.5 12 13 4.5',
  warning: 'M8 2 14.5 13.500h-13zM8 6.500v3.200M8 11.700h.01',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M10.3 10.3 13.5 13.5',
  theme: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11M8 2.5v11',
  chevrons: 'M5 6l3-3 3 3M5 10l3 3 3-3',
  plus: 'M8 3v10M3 8h10',
  door: 'M9.5 2.500H3.500v11h6M7 8h7M11.5 5.5 14 8l-2.5 2.5',
  close: 'M4 4l8 8M12 4l-8 8',
  terminal: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10.500h3',
  browser: 'M2 3h12v10H2zM2 6h12M4 4.500h.01',
} as const

export type IconName = keyof typeof shapes

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 2 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="shrink-0"
    >
      <path d={shapes[name]} />
    </svg>
  )
}

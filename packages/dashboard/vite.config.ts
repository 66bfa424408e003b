import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:4780'
// The server refuses what another origin sends with a cookie; in development that other origin is this one.
const passOn = { target: server, changeOrigin: true, headers: { origin: server } }

export default defineConfig({
  base: '/',
  plugins: [react(), tailwind()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // No data: addresses, so that the content security policy need not allow them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': passOn, '/api': passOn, '/oauth': passOn } },
})

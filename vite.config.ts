/*
 * The build of the page. Tests have a configuration of their own (vitest.config.ts), so that a test run
 * does not compile the course.
 */
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { contentPlugin } from './src/authoring/content-plugin.ts';
import { noticesPlugin } from './src/authoring/notices-plugin.ts';
import { partsPlugin } from './src/authoring/parts/plugin.ts';

/** Development needs inline scripts and a socket, so there the page's policy is left out. */
function policyOnlyWhenBuilt(): Plugin {
  return {
    name: 'keyspace-policy', apply: 'serve',
    transformIndexHtml: (html) => html.replace(/\s*<meta http-equiv="Content-Security-Policy"[^>]*>/, ''),
  };
}

/**
 * The two faces that every page shows are asked for with the page: found in the style sheet only, they come after the
 * first paint, and the text is set a second time under the reader's eyes.
 */
function fontsWithThePage(): Plugin {
  return {
    name: 'keyspace-fonts', apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => Object.keys(bundle ?? {}).filter((file) => /\/(source-serif-4|inter)-latin-wght-normal-[^/]*\.woff2$/.test(file))
        .map((file) => ({ tag: 'link', attrs: { rel: 'preload', href: `/${file}`, as: 'font', type: 'font/woff2', crossorigin: '' }, injectTo: 'head' as const })),
    },
  };
}

export default defineConfig(({ command }) => ({
  plugins: [
    react(),
    contentPlugin(),
    noticesPlugin(import.meta.dirname),
    partsPlugin(import.meta.dirname, false),
    policyOnlyWhenBuilt(),
    fontsWithThePage(),
    VitePWA({
      registerType: 'prompt',
      injectRegister: false,
      includeAssets: ['icon.svg', 'icon-180.png', 'theme.js'],
      manifest: {
        name: 'Keyspace: learn Redis by running it', short_name: 'Keyspace', description: 'A Redis server, twelve weeks of lessons and a sandbox, in the page itself.',
        id: '/', start_url: '/', scope: '/', display: 'standalone', background_color: '#f5f9fa', theme_color: '#1b2a33', categories: ['education', 'developer'],
        icons: [
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
        ],
        shortcuts: [{ name: 'Sandbox', url: '/sandbox' }, { name: 'Reference', url: '/reference' }],
      },
      workbox: {
        globPatterns: ['**/*.{js,css,html,svg,png,ttf,woff2,json,webmanifest,wasm}'],
        // The editor is large and is stored too: without the network nothing may be missing.
        maximumFileSizeToCacheInBytes: 12_000_000,
        navigateFallback: '/index.html', cleanupOutdatedCaches: true, clientsClaim: true,
      },
    }),
  ],
  build: {
    target: 'baseline-widely-available',
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Vite's loader of chunks; without a place of its own it would ride with the editor.
            { name: 'loader', test: /vite[\\/]preload-helper/, priority: 30 },
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|react-router|cookie|set-cookie-parser)[\\/]/, priority: 20 },
            { name: 'xterm', test: /node_modules[\\/]@xterm[\\/](xterm|addon-(fit|web-links))[\\/]/, priority: 20 },
            { name: 'monaco', test: /node_modules[\\/]monaco-editor[\\/]/, priority: 10 },
          ],
        },
      },
    },
  },
  worker: { format: 'es', plugins: () => [partsPlugin(import.meta.dirname, command === 'build')] },
}));

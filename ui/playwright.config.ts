/** The browser suite: this page as a real agent serves it, in a real Chromium. Each test waits on conditions. */
import { defineConfig } from '@playwright/test';

/** Debian's Chromium, where `cargo xtask test` has not found another one. */
const CHROMIUM = process.env['SIGHTLINE_CHROMIUM'] ?? '/usr/bin/chromium-headless-shell';

export default defineConfig({
  testDir: 'e2e/browser',
  outputDir: 'test-results',
  forbidOnly: Boolean(process.env['CI']),
  retries: 0,
  // Files run side by side; each test has an agent, a data folder and a browser context of its own.
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    // Recording each test costs time: SIGHTLINE_TRACE=1 asks for it.
    trace: process.env['SIGHTLINE_TRACE'] ? 'retain-on-failure' : 'off',
    launchOptions: {
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
});

/** Debian's browser; the other switches keep it from looking for hosts outside. */
export const BROWSER = {
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"],
};

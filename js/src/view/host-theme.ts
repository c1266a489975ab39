// Light or dark: as the person chose, else as the options say, else as the page around the picture is, and stays, coloured.

export type Theme = "light" | "dark";

export class HostTheme {
  private chosen: Theme | null = null;
  private readonly media = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;
  private readonly observer: MutationObserver | null;
  private readonly apply = (): void => this.changed(this.now());

  constructor(
    private readonly option: "auto" | Theme | undefined,
    private readonly changed: (theme: Theme) => void,
  ) {
    this.apply();
    this.media?.addEventListener("change", this.apply);
    this.observer = typeof MutationObserver === "undefined" ? null : new MutationObserver(this.apply);
    const filter = {
      attributes: true,
      attributeFilter: ["class", "data-jp-theme-light", "data-vscode-theme-kind", "data-theme"],
    };
    this.observer?.observe(document.body, filter);
    this.observer?.observe(document.documentElement, filter);
  }

  now(): Theme {
    if (this.chosen) return this.chosen;
    if (this.option === "light" || this.option === "dark") return this.option;
    const jupyter = document.body.dataset.jpThemeLight;
    if (jupyter) return jupyter === "true" ? "light" : "dark";
    const kind =
      document.body.dataset.vscodeThemeKind ?? document.documentElement.dataset.theme ?? document.body.className;
    if (/dark/.test(kind)) return "dark";
    if (/light/.test(kind)) return "light";
    return this.media?.matches ? "dark" : "light";
  }

  toggle(): void {
    this.chosen = this.now() === "dark" ? "light" : "dark";
    this.apply();
  }

  destroy(): void {
    this.media?.removeEventListener("change", this.apply);
    this.observer?.disconnect();
  }
}

// How the button and the panel look; the colours are those of src/look/tokens.css. All that is in the frame has its own style.

export const STYLE = `
:host {
  --ink: light-dark(#1f6250, #7dcbb0);
  --on-ink: light-dark(#fff, #0b2018);
  color-scheme: light dark;
}
:host([data-theme=light]) { color-scheme: light }
:host([data-theme=dark]) { color-scheme: dark }
:host([data-in=place]) { display: block; width: 100%; height: 100%; min-height: 320px }
:host([hidden]), [hidden] { display: none !important }
iframe { display: block; width: 100%; height: 100%; border: 0; background: light-dark(#f6f5f1, #141716) }
:host([data-in=place]) #panel { height: 100%; min-height: inherit }
:host([data-in=place]) iframe { min-height: inherit }
:host([data-in=panel]) #panel {
  position: fixed;
  z-index: 2147483646;
  bottom: 96px;
  inset-inline-end: 20px;
  width: 392px;
  height: min(640px, calc(100dvh - 116px));
  overflow: hidden;
  border: 1px solid light-dark(#dfdcd2, #333a36);
  border-radius: 16px;
  box-shadow: 0 8px 28px light-dark(rgb(40 38 30 / 18%), rgb(0 0 0 / 55%));
  opacity: 0;
  transform: translateY(8px);
  transition: opacity 120ms, transform 120ms, visibility 0s 120ms;
  visibility: hidden;
}
:host([data-in=panel]) #panel.shown { opacity: 1; transform: none; transition: opacity 120ms, transform 120ms; visibility: visible }
button {
  position: fixed;
  z-index: 2147483646;
  bottom: 20px;
  inset-inline-end: 20px;
  width: 60px;
  height: 60px;
  padding: 0;
  border: 0;
  border-radius: 50%;
  background: var(--ink);
  color: var(--on-ink);
  box-shadow: 0 4px 16px rgb(0 0 0 / 25%);
  cursor: pointer;
}
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
svg { display: block; width: 28px; height: 28px; margin: auto; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }
.badge {
  position: absolute;
  top: -4px;
  inset-inline-end: -4px;
  min-width: 24px;
  padding: 0 6px;
  box-sizing: border-box;
  border: 2px solid light-dark(#fff, #141716);
  border-radius: 14px;
  background: light-dark(#ab231b, #ff9f95);
  color: light-dark(#fff, #2b0906);
  font: 700 13px/20px system-ui, sans-serif;
}
@media (max-width: 480px), (max-height: 480px) {
  :host([data-in=panel]) #panel { inset: 0; width: 100%; height: 100dvh; border: 0; border-radius: 0; z-index: 2147483647 }
}
@media (forced-colors: active) { button { border: 2px solid } }
@media (prefers-reduced-motion: reduce) { :host([data-in=panel]) #panel.shown, :host([data-in=panel]) #panel { transition: none } }
@media print { :host([data-in=panel]) { display: none } }
`;

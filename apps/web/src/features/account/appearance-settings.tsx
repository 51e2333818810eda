// How the page looks on this device.
import type { ReactElement, ReactNode } from 'react';
import { choose, type Density, type ThemeChoice, useAppearance } from '../../shell/appearance.js';
import { LANGUAGES, type Language, useText } from '../../text/text.js';

const THEMES: readonly ThemeChoice[] = ['system', 'light', 'dark'];
const DENSITIES: readonly Density[] = ['comfortable', 'compact'];

export function AppearanceSettings(): ReactElement {
  const say = useText();
  const { theme, density, language } = useAppearance();
  return (
    <>
      <Choices legend={say('theme.title')}>
        {THEMES.map((one) => (
          <label key={one}>
            <input type="radio" name="theme" checked={one === theme} onChange={() => choose({ theme: one })} />
            {say(`theme.${one}`)}
          </label>
        ))}
      </Choices>
      <Choices legend={say('density.title')}>
        {DENSITIES.map((one) => (
          <label key={one}>
            <input type="radio" name="density" checked={one === density} onChange={() => choose({ density: one })} />
            {say(`density.${one}`)}
          </label>
        ))}
      </Choices>
      <Choices legend={say('language.title')}>
        <label>
          <input type="radio" name="language" checked={language === null} onChange={() => choose({ language: null })} />
          {say('language.system')}
        </label>
        {(Object.keys(LANGUAGES) as Language[]).map((one) => (
          <label key={one} lang={one}>
            <input type="radio" name="language" checked={one === language} onChange={() => choose({ language: one })} />
            {LANGUAGES[one]}
          </label>
        ))}
      </Choices>
    </>
  );
}

function Choices({ legend, children }: { readonly legend: string; readonly children: ReactNode }): ReactElement {
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {children}
    </fieldset>
  );
}

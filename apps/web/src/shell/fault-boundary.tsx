// Where a part of the page fails by a mistake of ours, or can't be loaded: said in words, with a way on, instead of a page that
// is blank.
import { Component, type ReactElement, type ReactNode } from 'react';
import { say } from '../text/text.js';

/** What browsers say of a part that did not come: the server is gone, or has another build. */
const UNLOADED = /dynamically imported module|importing a module script|preload CSS/i;

type Props = { readonly children: ReactNode };
type State = { readonly error: Error | null };

export class FaultBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return UNLOADED.test(error.message) ? (
      <Fault words="fault.unloaded" />
    ) : (
      <Fault words="fault.title" name={error.name} />
    );
  }
}

type FaultProps = {
  readonly words: 'fault.title' | 'fault.unloaded';
  /** The kind of the error alone: its message may hold what somebody wrote. */
  readonly name?: string;
};

function Fault({ words, name }: FaultProps): ReactElement {
  return (
    <main className="welcome">
      <div className="card" role="alert">
        <h1>{say(words)}</h1>
        <p>{say(words === 'fault.title' ? 'fault.about' : 'fault.unloadedAbout')}</p>
        {name === undefined ? null : <p className="hint">{name}</p>}
        <button type="button" className="button primary" onClick={() => location.reload()}>
          {say('fault.reload')}
        </button>
      </div>
    </main>
  );
}

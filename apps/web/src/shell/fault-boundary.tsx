// Where a part of the page fails by a mistake of ours: said in words, with a way on, instead of a page that is blank.
import { Component, type ReactElement, type ReactNode } from 'react';
import { say } from '../text/text.js';

type Props = { readonly children: ReactNode };
type State = { readonly error: Error | null };

export class FaultBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : <Fault name={error.name} />;
  }
}

/** The kind of the error alone: its message may hold what somebody wrote. */
function Fault({ name }: { readonly name: string }): ReactElement {
  return (
    <main className="welcome">
      <div className="card" role="alert">
        <h1>{say('fault.title')}</h1>
        <p>{say('fault.about')}</p>
        <p className="hint">{name}</p>
        <button type="button" className="button primary" onClick={() => location.reload()}>
          {say('fault.reload')}
        </button>
      </div>
    </main>
  );
}

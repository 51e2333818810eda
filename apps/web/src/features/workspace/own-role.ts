// What this person is in the workspace, asked where something depends on it. Until it is known, and where it can't be asked,
// nothing is offered that not everyone may do; the server decides in any case.
import { isAllowedInWorkspace, type OperationResult, type WorkspaceAction, type WorkspaceRole } from '@kith/protocol';
import { useChat } from '@kith/react';
import { useEffect, useState } from 'react';

export function useOwnRole(): WorkspaceRole | null {
  const chat = useChat();
  const [role, setRole] = useState<WorkspaceRole | null>(null);
  useEffect(() => {
    let isOver = false;
    chat.request('GET', '/me').then(
      (me) => {
        if (!isOver) setRole((me as OperationResult<'me.read'>).workspaceRole as WorkspaceRole);
      },
      () => {},
    );
    return () => {
      isOver = true;
    };
  }, [chat]);
  return role;
}

export function mayInWorkspace(action: WorkspaceAction, role: WorkspaceRole | null): boolean {
  return role !== null && isAllowedInWorkspace(action, role);
}

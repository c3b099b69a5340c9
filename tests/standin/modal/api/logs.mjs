// logs.mjs (api) - output and input of the main process as V1 has them, and logs of an app, stored and live.
import { fail } from '../errors.mjs';

const secondsOf = (time) => (time ? (time.seconds ?? 0) + (time.nanos ?? 0) / 1e9 : undefined);
const indexOf = (entryId = '') => Number.parseInt(entryId, 10) || 0;

export function logHandlers(world) {
  const sandboxesOf = ({ app_id: appId, task_id: taskId, sandbox_id: sandboxId }) =>
    [...world.sandboxes.values()].filter(
      (one) => one.app.id === appId && (!taskId || one.taskId === taskId) && (!sandboxId || one.id === sandboxId),
    );

  return {
    SandboxGetLogs: (
      { sandbox_id: sandboxId, file_descriptor: descriptor, timeout = 55, last_entry_id: last },
      call,
    ) => {
      const { log } = world.sandbox(sandboxId);
      const wanted = (entry) => !descriptor || entry.file_descriptor === descriptor;
      const ended = () => (descriptor ? !log.open.has(descriptor) : log.open.size === 0);
      return log.batches(indexOf(last), wanted, ended, timeout, call.signal);
    },

    SandboxStdinWrite: async ({ sandbox_id: sandboxId, input = Buffer.alloc(0), index = 0, eof = false }, call) => {
      const sandbox = world.sandbox(sandboxId);
      await sandbox.starting;
      if (sandbox.result) throw fail('FAILED_PRECONDITION', 'the sandbox has ended');
      if (index <= sandbox.inputIndex) return; // a repeat
      sandbox.inputIndex = index;
      await sandbox.main.write(sandbox.main.input.written, input, eof, call.signal);
    },

    AppFetchLogs: (request) => {
      const [since, until] = [secondsOf(request.since) ?? 0, secondsOf(request.until) ?? Infinity];
      if (until - since > 35 * 86400 && until !== Infinity) throw fail('INVALID_ARGUMENT', 'the range is over 35 days');
      const wanted = (entry) =>
        entry.timestamp >= since &&
        entry.timestamp <= until &&
        (!request.source || entry.file_descriptor === request.source) &&
        (!request.search_text || entry.data.includes(request.search_text));
      const found = sandboxesOf(request).flatMap((one) =>
        one.log.entries.filter(wanted).map((entry) => ({ taskId: one.taskId, entry })),
      );
      found.sort((a, b) => a.entry.timestamp - b.entry.timestamp);
      const newest = found.slice(-Math.min(request.limit || 100, 20000));
      return { batches: newest.map(({ taskId, entry }) => ({ task_id: taskId, items: [entry] })) };
    },

    AppGetLogs: async function* follow(request, call) {
      const [sandbox] = sandboxesOf(request);
      if (!sandbox) {
        yield { app_done: true };
        return;
      }
      const wanted = (entry) =>
        (!request.file_descriptor || entry.file_descriptor === request.file_descriptor) &&
        (!request.search_text || entry.data.includes(request.search_text));
      const ended = () => sandbox.result && sandbox.log.open.size === 0;
      for await (const { eof, ...batch } of sandbox.log.batches(
        indexOf(request.last_entry_id),
        wanted,
        ended,
        request.timeout ?? 55,
        call.signal,
      )) {
        yield { ...batch, task_id: sandbox.taskId, ...(eof ? { app_done: true } : {}) };
      }
    },
  };
}

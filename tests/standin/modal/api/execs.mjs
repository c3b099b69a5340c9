// execs.mjs (api) - the command router: start, output, input and end of executions; the main process on V2.
import { fail } from '../errors.mjs';

const gone = () => fail('NOT_FOUND', 'the task has ended');

function answerOf(exec) {
  if (exec.lost) throw gone();
  return exec.end ? { ...exec.end } : {};
}

const nothing = Buffer.alloc(0);

export function execHandlers(world) {
  const { settings } = world;
  const piece = () => settings.chunkBytes;
  // The sandbox of a call, once it runs; a call may come before that.
  const running = async (call) => {
    const sandbox = world.task(call.taskId);
    await sandbox.starting;
    sandbox.use();
    return sandbox;
  };
  const execOf = async ({ exec_id: execId }, call) => (await running(call)).findExec(execId);
  const output = async function* output(request, call) {
    const exec = await execOf(request, call);
    yield* exec.pieces(request.file_descriptor ?? 0, request.offset ?? 0, piece, call.signal);
    if (exec.lost) throw gone();
  };

  // One upload at a time: a later one, or a question for the state, ends the one before.
  const takeOver = (exec, call) => {
    exec.input.writer?.abort.abort();
    exec.input.writer = call;
  };

  return {
    TaskExecStart: async (request, call) => {
      const sandbox = await running(call);
      if (sandbox.result) throw gone();
      sandbox.exec(request);
    },

    TaskExecStdioRead: output,

    TaskExecStdinWrite: async (request, call) => {
      const exec = await execOf(request, call);
      await exec.write(request.offset ?? 0, request.data ?? nothing, request.eof ?? false, call.signal);
    },

    TaskExecStdinStatus: async (request, call) => {
      const exec = await execOf(request, call);
      takeOver(exec, null);
      return { num_bytes_written: exec.input.written, closed: exec.input.closed };
    },

    TaskExecStdinWriteStream: async (messages, call) => {
      let exec;
      let offset = 0;
      for await (const { start, data, end } of messages) {
        if (call.signal.aborted) throw fail('ABORTED', 'another writer took over');
        if (start) {
          exec = await execOf(start, call);
          offset = start.offset ?? 0;
          takeOver(exec, call);
          if (offset !== exec.input.written)
            throw fail('FAILED_PRECONDITION', `stdin is at ${exec.input.written}, not at ${offset}`);
        }
        if (!exec) throw fail('INVALID_ARGUMENT', 'the first message must be the start');
        if (data) {
          await exec.write(offset, data, false, call.signal);
          offset += data.length;
        }
        if (end) {
          await exec.write(offset, nothing, true, call.signal);
          exec.input.writer = null;
          return;
        }
      }
      throw fail('CANCELLED', 'the stream ended without its end message');
    },

    TaskExecPoll: async (request, call) => answerOf(await execOf(request, call)),

    TaskExecWait: async (request, call) => {
      const exec = await execOf(request, call);
      await exec.finished(call.signal);
      if (!exec.end) throw fail('DEADLINE_EXCEEDED', 'the process is still running');
      return answerOf(exec);
    },

    SandboxStdioReadV2: async function* read(request, call) {
      const { main } = await running(call);
      const which = request.file_descriptor ?? 0;
      const oldest = settings.mainKept ? main.outputs[which].size - settings.mainKept : 0;
      let offset = Math.max(request.offset ?? 0, oldest);
      for await (const data of main.read(which, offset, piece, call.signal)) {
        yield { data, starting_offset: offset };
        offset += data.length;
      }
    },

    SandboxStdinWriteV2: async ({ offset = 0, data = nothing, eof = false }, call) => {
      const { main } = await running(call);
      await main.write(offset, data, eof, call.signal);
    },
  };
}

using Switchboard.Cli.Commands;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Cli;

/// <summary>Parses a line, calls its command, and turns whatever comes of it into words and an exit code. The only place that does.</summary>
internal sealed class Dispatcher(Printer printer) : IDisposable
{
    private Signals? _signals;

    public async Task<int> CallAsync(IReadOnlyList<CommandEntry> table, string[] args)
    {
        // A reader that left ends us quietly, also while its departure is being complained about.
        try
        {
            int code = await GuardedAsync(() => RunAsync(new Parser(table, printer, () => Stop), args));
            printer.Flush();
            return code;
        }
        catch (ClosedPipeException)
        {
            return ExitCode.Done;
        }
        catch (IOException broken)
        {
            return OutputFailed(broken);
        }
    }

    /// <summary>Calls one line of an interactive session with its own Ctrl-C; errors are told and do not end the session.</summary>
    public Task<int> CallWithinAsync(Func<CancellationToken, Task<int>> act) =>
        GuardedAsync(() => (_signals ??= new()).WithinAsync(act));

    public CancellationToken Stop => (_signals ??= new()).Stop;

    /// <summary>Parses and calls; what goes wrong is thrown.</summary>
    public async Task<int> RunAsync(Parser parser, string[] args)
    {
        if (parser.Parse(args) is not { } call)
        {
            return ToolCommands.WithoutCommand(printer, args);
        }
        if (call.Has(GlobalFlags.Help))
        {
            new HelpPage(printer, session: call.Shared is not null).Of(call.Command, call.Path);
            return ExitCode.Done;
        }
        return call.Command.FailsWith is { } own ? await GuardedAsync(() => call.Command.Run!(call), own) : await RunAsync(call);
    }

    // A line that broke under a question of a session, before anything was shown of its answer, is nothing a person has to hear of.
    private async Task<int> RunAsync(Invocation call)
    {
        long shown = printer.Lines;
        try
        {
            return await call.Command.Run!(call);
        }
        catch (RefusedException refused) when (call.Shared is not null && call.Command.OnlyAsks && printer.Lines == shown && Remote.IsBroken(refused.Refusal))
        {
            await call.Shared.ForgetIfBrokenAsync(refused.Refusal);
            return await call.Command.Run!(call);
        }
    }

    /// <param name="act">What may go wrong.</param>
    /// <param name="own">The exit code of whatever does, where the command has one of its own for that; wrong usage is always told as such.</param>
    private async Task<int> GuardedAsync(Func<Task<int>> act, int? own = null)
    {
        try
        {
            return await act();
        }
        catch (UsageException wrong)
        {
            printer.Error("wrong_usage", wrong.Sentence, wrong.Hint);
            return ExitCode.Usage;
        }
        catch (FailedException failed)
        {
            printer.Error(failed.Code, failed.Sentence, failed.Hint);
            return own ?? failed.Exit;
        }
        catch (RefusedException refused)
        {
            int exit = printer.Refuse(refused.Refusal);
            return own ?? exit;
        }
        catch (OperationCanceledException)
        {
            printer.Progress("");
            return ExitCode.Interrupted;
        }
        catch (Exception local) when (local is UnauthorizedAccessException or IOException and not ClosedPipeException)
        {
            printer.Error("local_error", CallText.Local(local.Message));
            return own ?? ExitCode.Failed;
        }
    }

    private int OutputFailed(IOException broken)
    {
        try
        {
            printer.Error("local_error", CallText.Local(broken.Message));
        }
        catch (IOException)
        {
            // Neither stdout nor stderr takes another byte: the exit code is all that is left to say.
            return ExitCode.Failed;
        }
        return ExitCode.Failed;
    }

    public void Dispose() => _signals?.Dispose();
}

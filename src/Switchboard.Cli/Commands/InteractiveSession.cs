using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary>Reads lines and calls commands until told to leave. Without a terminal it reads standard input, so that a session can be scripted.</summary>
internal sealed class InteractiveSession(Printer printer, Remote remote, Dispatcher dispatcher, string name)
{
    /// <summary>Lines remembered while the session lasts; the oldest go first.</summary>
    private const int MostHistory = 1_000;

    private readonly List<string> _history = [];
    private readonly LineReader _reader = new(StandardStream.Open(0), StandardStream.Open(2));

    public async Task<int> RunAsync()
    {
        int last = ExitCode.Done;
        while (await NextAsync() is { } line)
        {
            string[] words;
            try
            {
                words = WordSplitter.Split(line);
            }
            catch (UsageException open)
            {
                printer.Error("wrong_usage", open.Sentence, open.Hint);
                continue;
            }
            if (words.Length == 0)
            {
                continue;
            }
            if (words[0] is "quit" or "exit" or "q")
            {
                break;
            }
            last = await CallAsync(words);
        }
        // At a terminal the person has seen each failure; a script is told by the exit code.
        return Tty.InputIsTerminal ? ExitCode.Done : last;
    }

    private async Task<int> CallAsync(string[] words)
    {
        int code = await dispatcher.CallWithinAsync(async stop =>
        {
            try
            {
                return await dispatcher.RunAsync(new Parser(SessionCommands.Table, printer, () => stop) { Shared = remote }, words);
            }
            catch (UsageException wrong) when (wrong.Hint is { } hint)
            {
                // Here commands are typed without the program's name.
                throw new UsageException(wrong.Sentence, (hint.En.Replace("switchboard ", "", StringComparison.Ordinal), hint.Zh.Replace("switchboard ", "", StringComparison.Ordinal)));
            }
            catch (RefusedException refused)
            {
                await remote.ForgetIfBrokenAsync(refused.Refusal);
                throw;
            }
        });
        printer.Flush();
        return code;
    }

    private async Task<string?> NextAsync()
    {
        if (!Tty.InputIsTerminal)
        {
            return await Input.LineAsync(dispatcher.Stop);
        }
        printer.Flush();
        string prompt = $"{Printable.Escape(name)}:{TextWidth.Cut(Printable.Escape(remote.Folder), 30)}> ";
        string? line = await _reader.ReadLineAsync(prompt, _history, new SessionCompletion(remote).CompleteAsync, dispatcher.Stop);
        if (!string.IsNullOrWhiteSpace(line) && (_history.Count == 0 || _history[^1] != line))
        {
            _history.Add(line);
            _history.RemoveRange(0, Math.Max(0, _history.Count - MostHistory));
        }
        return line;
    }
}

using System.Diagnostics;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary>Tells what a transfer does, file by file, and what to do when it broke off.</summary>
internal sealed class TransferReport(Invocation call)
{
    private readonly Printer _printer = call.Printer;
    private readonly long _began = Stopwatch.GetTimestamp();

    // Content goes to stdout: then what is told about it must not.
    private readonly bool _outputTaken = call.Path == "get" && call.Words is [_, .., "-"];

    public void File(FileResult file)
    {
        if (file.SourceChanged)
        {
            _printer.Note(TransferText.SourceChanged(Printable.Escape(file.Path)));
        }
        if (!_printer.IsJson)
        {
            return;
        }
        var line = new FileLine
        {
            Path = file.Path,
            Size = file.Size,
            Sha256 = file.Sha256.Length == 0 ? null : file.Sha256,
            Sent = file.Sent,
            ResumedAt = file.ResumedAt,
            Skipped = file.Skipped ? true : null,
        };
        if (_outputTaken)
        {
            _printer.ComplainJson(line, CliJson.Default.FileLine);
        }
        else
        {
            _printer.Json(line, CliJson.Default.FileLine);
        }
    }

    public void Failure(FileFailure failure) =>
        _printer.Refuse(failure.Refusal.Subject is null ? failure.Refusal with { Subject = failure.Path } : failure.Refusal);

    public void Retry(Refusal reason, TimeSpan wait) =>
        _printer.Note(TransferText.Retry(RefusalText.Sentence(reason, _printer.Language), wait));

    public void LeftOut(string path, LeftOut reason) => _printer.Note(TransferText.LeftOut(Printable.Escape(path), reason));

    public void Summary(TransferSummary summary)
    {
        _printer.Progress("");
        if (!_outputTaken || _printer.Options.ErrorIsTerminal)
        {
            _printer.Note(TransferText.Summary(summary, Stopwatch.GetElapsedTime(_began), _printer.Language));
        }
    }

    /// <summary>The exit code of several failures: theirs where they agree, else 1.</summary>
    public int Exit(IReadOnlyList<FileFailure> failures)
    {
        int[] codes = [.. failures.Select(f => ExitCode.Of(f.Refusal.Code)).Distinct()];
        return codes.Length switch { 0 => ExitCode.Done, 1 => codes[0], _ => ExitCode.Failed };
    }

    /// <summary>Runs a transfer; when Ctrl-C or the line ends it, says how to go on.</summary>
    public async Task<int> GuardAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (OperationCanceledException)
        {
            _printer.Progress("");
            _printer.Note(TransferText.Resumable(TypedAgain()));
            throw;
        }
        catch (RefusedException refused) when (refused.Code is RefusalCode.NoConnection or RefusalCode.Closing or RefusalCode.Timeout)
        {
            int exit = _printer.Refuse(refused.Refusal);
            _printer.Note(TransferText.Resumable(TypedAgain()));
            if (call.Shared is { } shared)
            {
                await shared.ForgetIfBrokenAsync(refused.Refusal);
            }
            return exit;
        }
    }

    // As a shell would take it. --restart is left out: it would throw away what was kept.
    private string TypedAgain()
    {
        var flags = call.Given.Where(f => f.Flag.Name != "restart").SelectMany(f => f.Flag.Value is null ? (string[])[f.Flag.Dashed] : [f.Flag.Dashed, Quoted(f.Value)]);
        string start = call.Shared is null ? "switchboard " : "";
        return start + string.Join(' ', [call.Path, .. flags, .. call.Words.Select(Quoted)]);
    }

    public static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "-_./:=,+@%".Contains(c, StringComparison.Ordinal)) ? word : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary>What Tab offers in a session: commands, flags, and names on the side that the place in the line belongs to.</summary>
internal sealed class SessionCompletion(Remote remote)
{
    // More names than this are not read for a Tab; the person types another letter.
    private const int MostNames = 2_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<Completion> CompleteAsync(string line, CancellationToken stop)
    {
        var (words, start) = WordSplitter.SplitOpen(line);
        string typed = line[start..], word = words[^1];
        if (words.Length == 1)
        {
            return new(typed, [.. SessionCommands.Table.Select(e => e.Name).Where(n => n.StartsWith(word, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(n => n + " ")]);
        }
        Command? command = Array.Find(SessionCommands.Table, e => e.Name == words[0])?.Build();
        if (command is null)
        {
            return Completion.None(typed);
        }
        if (word.StartsWith('-'))
        {
            return new(typed, [.. command.AllFlags().Select(f => f.Dashed).Where(n => n.StartsWith(word, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(n => n + " ")]);
        }
        IEnumerable<string> names = Side(command, words) == Completes.LocalPath ? Local(word) : await RemoteNamesAsync(word, stop);
        return new(typed, [.. names.Where(n => n.StartsWith(word, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(n => WordSplitter.Escape(n) + (n.EndsWith('/') ? "" : " "))]);
    }

    // The first words of put are local, the last may be either: local until the first stands.
    private static Completes Side(Command command, string[] words)
    {
        int place = words.Skip(1).Count(w => !w.StartsWith('-')) - 1;
        Argument[] arguments = command.Arguments;
        return arguments.Length == 0 ? Completes.Nothing : arguments[Math.Clamp(place, 0, arguments.Length - 1)].Completes;
    }

    private static IEnumerable<string> Local(string word)
    {
        string folder = word[..(word.LastIndexOf('/') + 1)];
        try
        {
            return [.. new DirectoryInfo(folder.Length == 0 ? "." : folder).EnumerateFileSystemInfos().Take(MostNames).Select(i => folder + i.Name + (i is DirectoryInfo ? "/" : ""))];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private async Task<IEnumerable<string>> RemoteNamesAsync(string word, CancellationToken stop)
    {
        string folder = word[..(word.LastIndexOf('/') + 1)];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        List<string> names = [];
        try
        {
            SwitchboardClient client = await remote.ClientAsync(patience.Token);
            await foreach (Entry entry in client.ListAsync(remote.Resolve(folder), ct: patience.Token))
            {
                names.Add(folder + entry.Path + (entry.Type == "folder" ? "/" : ""));
                if (names.Count == MostNames)
                {
                    break;
                }
            }
        }
        catch (RefusedException refused)
        {
            // Tab never complains; the command itself will.
            await remote.ForgetIfBrokenAsync(refused.Refusal);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // A slow server: what came so far is offered.
            return names;
        }
        return names;
    }
}

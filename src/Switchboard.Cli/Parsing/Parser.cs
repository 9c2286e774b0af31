using Switchboard.Cli.Output;

namespace Switchboard.Cli.Parsing;

/// <summary>Turns an argument list into an <see cref="Invocation"/>. Flags and words may mix; <c>--</c> ends the flags; a lone <c>-</c> is a word.</summary>
internal sealed class Parser(IReadOnlyList<CommandEntry> table, Printer printer, Func<CancellationToken> stop)
{
    private readonly List<(Flag Flag, string Value)> _before = [];
    private string[] _args = [];
    private int _next;

    /// <summary>Given to every invocation; see <see cref="Invocation.Shared"/>.</summary>
    public Commands.Remote? Shared { get; init; }

    /// <exception cref="UsageException">Unknown command or flag, a missing or wrong value, too many or too few words.</exception>
    /// <returns>Null when no command was named.</returns>
    public Invocation? Parse(string[] args)
    {
        (_args, _next) = (args, 0);
        if (NextWord(GlobalFlags.Global) is not { } name)
        {
            return null;
        }
        Command command = Find(name);
        string path = name;
        while (command.Subcommands.Length > 0 && Descend(command, ref path) is { } inner)
        {
            command = inner;
        }
        return Finish(new Invocation(command, path, printer, stop) { Shared = Shared });
    }

    /// <summary>Whether help was asked for before any command or with one.</summary>
    public bool HelpAsked() => _before.Exists(f => f.Flag == GlobalFlags.Help) || _args.Skip(_next).TakeWhile(a => a != "--").Any(a => a is "--help" or "-h");

    /// <summary>What of a command line is meant for us: all before <c>--</c>, or before the program of a command that runs one.</summary>
    public static string[] OwnPart(IReadOnlyList<CommandEntry> table, string[] args)
    {
        string[] own = [.. args.TakeWhile(a => a != "--")];
        Command? command = null;
        for (int i = 0; i < own.Length; i++)
        {
            if (IsFlag(own[i]))
            {
                i += WantsNext(own[i], command) ? 1 : 0;
            }
            else if (command is not null)
            {
                return own[..i];
            }
            else if (table.FirstOrDefault(e => e.Name == own[i])?.Build() is { Arguments: [{ TakesRest: true }, ..] } found)
            {
                command = found;
            }
            else
            {
                return own;
            }
        }
        return own;
    }

    private static bool WantsNext(string arg, Command? command) =>
        (command?.AllFlags() ?? GlobalFlags.Global).FirstOrDefault(f => f.Dashed == arg || (arg.Length == 2 && f.Short == arg[1])) is { Value: not null };

    private Command Find(string name) =>
        table.FirstOrDefault(e => e.Name == name)?.Build() ?? throw ParseText.UnknownCommand(name, Nearest.Of(name, table.Select(e => e.Name)));

    // Null: the person asked for help about the family itself.
    private Command? Descend(Command parent, ref string path)
    {
        Flag[] known = [.. parent.AllFlags().Concat(parent.Subcommands.SelectMany(c => c.AllFlags())).Distinct()];
        bool help = HelpAsked();
        int mark = _next;
        string? name = NextWord(known);
        if (name is null && parent.Default is not null && !help)
        {
            name = parent.Default;
        }
        if (name is not null && parent.Subcommand(name) is { } found)
        {
            path = $"{path} {name}";
            return found;
        }
        if (help)
        {
            _next = mark;
            return null;
        }
        string? nearest = name is null ? null : Nearest.Of(name, parent.Subcommands.Select(c => c.Name));
        throw ParseText.UnknownSubcommand(path, name, parent.Subcommands, nearest);
    }

    private string? NextWord(IReadOnlyList<Flag> known)
    {
        while (_next < _args.Length)
        {
            string arg = _args[_next++];
            if (!IsFlag(arg))
            {
                return arg;
            }
            TakeFlag(arg, known, _before.Add);
        }
        return null;
    }

    private Invocation Finish(Invocation call)
    {
        Flag[] known = [.. call.Command.AllFlags()];
        foreach (var (flag, value) in _before)
        {
            call.Add(Array.Find(known, f => f == flag) ?? throw ParseText.UnknownFlag(call.Path, flag.Dashed, null), value);
        }
        bool words = false;
        while (_next < _args.Length)
        {
            string arg = _args[_next++];
            if (!words && arg == "--")
            {
                words = true;
            }
            else if (words || !IsFlag(arg))
            {
                words |= call.Command.Arguments.ElementAtOrDefault(call.Words.Count)?.TakesRest == true;
                call.Add(arg);
            }
            else
            {
                TakeFlag(arg, known, f => call.Add(f.Flag, f.Value), call.Path);
            }
        }
        if (!call.Has(GlobalFlags.Help))
        {
            CheckWords(call);
        }
        return call;
    }

    private static bool IsFlag(string arg) => arg.Length > 1 && arg[0] == '-';

    private void TakeFlag(string arg, IReadOnlyList<Flag> known, Action<(Flag Flag, string Value)> add, string path = "")
    {
        if (!arg.StartsWith("--", StringComparison.Ordinal))
        {
            TakeShort(arg, known, add, path);
            return;
        }
        int equals = arg.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? arg[2..] : arg[2..equals];
        Flag flag = known.FirstOrDefault(f => f.Name == name)
            ?? throw ParseText.UnknownFlag(path, "--" + name, Nearest.Of(name, known.Select(f => f.Name)));
        string? given = equals < 0 ? null : arg[(equals + 1)..];
        if (flag.Value is null && given is not null)
        {
            throw ParseText.NoValueWanted(flag);
        }
        add((flag, flag.Value is null ? "" : Checked(flag, given ?? Following(flag))));
    }

    // -lR is -l -R; a letter that wants a value takes the rest of the word or the next one.
    private void TakeShort(string arg, IReadOnlyList<Flag> known, Action<(Flag Flag, string Value)> add, string path)
    {
        for (int i = 1; i < arg.Length; i++)
        {
            Flag flag = known.FirstOrDefault(f => f.Short == arg[i]) ?? throw ParseText.UnknownFlag(path, "-" + arg[i], null);
            if (flag.Value is null)
            {
                add((flag, ""));
                continue;
            }
            add((flag, Checked(flag, i + 1 < arg.Length ? arg[(i + 1)..] : Following(flag))));
            return;
        }
    }

    private string Following(Flag flag) => _next < _args.Length ? _args[_next++] : throw ParseText.ValueMissing(flag);

    private static string Checked(Flag flag, string value) =>
        flag.Choices.Length == 0 || flag.Choices.Contains(value) ? value : throw ParseText.BadChoice(flag, value, Nearest.Of(value, flag.Choices));

    private static void CheckWords(Invocation call)
    {
        Argument[] wanted = call.Command.Arguments;
        int least = wanted.Count(a => !a.Optional);
        if (call.Words.Count < least)
        {
            throw ParseText.WordMissing(call.Path, wanted.Where(a => !a.Optional).ElementAt(call.Words.Count));
        }
        if (call.Words.Count > wanted.Length && !wanted.Any(a => a.Many))
        {
            throw ParseText.WordTooMany(call.Path, call.Words[wanted.Length]);
        }
    }
}

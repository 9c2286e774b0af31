using Switchboard.Cli.Output;

namespace Switchboard.Cli.Parsing;

/// <summary>One command as it was called: its flags and arguments, where to print, and when to stop.</summary>
internal sealed class Invocation(Command command, string path, Printer printer, Func<CancellationToken> stop)
{
    private readonly List<(Flag Flag, string Value)> _flags = [];
    private readonly List<string> _words = [];

    public Command Command { get; } = command;

    /// <summary>The command's full name, such as <c>account add</c>.</summary>
    public string Path { get; } = path;

    public Printer Printer { get; } = printer;

    /// <summary>Set by Ctrl-C or SIGTERM; the command ends soon and cleanly. Asking for it takes those signals over, so a command that never asks (<c>serve</c>) keeps them.</summary>
    public CancellationToken Stop => stop();

    /// <summary>The interactive session's server, which a command uses instead of connecting by itself; null outside <c>open</c>.</summary>
    public Commands.Remote? Shared { get; init; }

    /// <summary>All positional arguments, in order.</summary>
    public IReadOnlyList<string> Words => _words;

    public bool Has(Flag flag) => _flags.Exists(f => f.Flag == flag);

    /// <summary>The last value given, or null.</summary>
    public string? Value(Flag flag) => _flags.FindLast(f => f.Flag == flag).Value;

    public string[] Values(Flag flag) => [.. _flags.Where(f => f.Flag == flag).Select(f => f.Value)];

    /// <summary>The positional argument at a place, or null when it was left out.</summary>
    public string? Word(int index) => index < _words.Count ? _words[index] : null;

    /// <summary>Every flag with its value, for those who read settings.</summary>
    public IEnumerable<(Flag Flag, string Value)> Given => _flags;

    internal void Add(Flag flag, string value) => _flags.Add((flag, value));

    internal void Add(string word) => _words.Add(word);
}

namespace Switchboard.Cli.Parsing;

/// <summary>The headings of the overview.</summary>
internal enum Group
{
    Server,
    Reaching,
    Files,
    Commands,
    Chat,
    Tools,
}

/// <summary>A line a person could type, and what it does.</summary>
internal sealed record Example(string Line, Words Does);

/// <summary>A name in the table of contents; the rest is built only for the command that is called (start-up time) or for help.</summary>
internal sealed record CommandEntry(string Name, Group Group, Func<Command> Build);

/// <summary>One command: its only declaration.</summary>
internal sealed record Command(string Name, Words Summary)
{
    public Words? Details { get; init; }

    public Argument[] Arguments { get; init; } = [];

    public Flag[] Flags { get; init; } = [];

    /// <summary>Also takes the flags that say which server (<see cref="GlobalFlags.Connection"/>).</summary>
    public bool Connects { get; init; }

    /// <summary>It changes nothing: within a session it may be asked again over a new line.</summary>
    public bool OnlyAsks { get; init; }

    public Command[] Subcommands { get; init; } = [];

    /// <summary>One of many subcommands that are used alike: one line of usage stands for all of them.</summary>
    public bool IsOneOfMany { get; init; }

    /// <summary>The subcommand meant when none is named.</summary>
    public string? Default { get; init; }

    public Example[] Examples { get; init; } = [];

    /// <summary>The exit code of every failure of this side, where the command otherwise ends with that of a remote program; null for the usual ones.</summary>
    public int? FailsWith { get; init; }

    /// <summary>Does the work; null where subcommands do.</summary>
    public Func<Invocation, Task<int>>? Run { get; init; }

    public Command? Subcommand(string name) => Array.Find(Subcommands, c => c.Name == name);

    /// <summary>The flags that say which server, but for those the command has its own of.</summary>
    public IEnumerable<Flag> ConnectionFlags() =>
        Connects ? GlobalFlags.Connection.Where(c => !Array.Exists(Flags, f => f.Name == c.Name)) : [];

    /// <summary>Everything this command accepts, its own first.</summary>
    public IEnumerable<Flag> AllFlags() => [.. Flags, .. ConnectionFlags(), .. GlobalFlags.Global];
}

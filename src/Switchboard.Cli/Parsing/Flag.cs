namespace Switchboard.Cli.Parsing;

/// <summary>What a shell or <c>open</c> may offer for a value.</summary>
internal enum Completes
{
    Nothing,
    LocalPath,
    RemotePath,
    Profile,
    Account,
}

/// <summary>One option: its only declaration. Parsing, help and completion all come from it.</summary>
internal sealed record Flag(string Name, Words Help)
{
    /// <summary>The one-letter form, or NUL.</summary>
    public char Short { get; init; }

    /// <summary>The value's name in usage; null for a switch.</summary>
    public string? Value { get; init; }

    /// <summary>The only values allowed, where there are few.</summary>
    public string[] Choices { get; init; } = [];

    /// <summary>May be given more than once; otherwise the last one counts.</summary>
    public bool Repeats { get; init; }

    public Completes Completes { get; init; }

    public string Dashed => "--" + Name;

    /// <summary>As usage shows the value: its name, or the choices.</summary>
    public string? Placeholder => Choices.Length > 0 ? string.Join('|', Choices) : Value;
}

/// <summary>One positional argument.</summary>
internal sealed record Argument(string Name, Words Help)
{
    public bool Optional { get; init; }

    /// <summary>Takes as many as there are (at least one unless <see cref="Optional"/>).</summary>
    public bool Many { get; init; }

    /// <summary>A program for somewhere else: everything from its first word on belongs to it, flags and <c>--</c> too.</summary>
    public bool TakesRest { get; init; }

    public Completes Completes { get; init; }

    public string[] Choices { get; init; } = [];

    public string Usage => (Optional ? $"[{Name}]" : Name) + (Many ? "…" : "");
}

using System.Buffers;
using System.Text;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>What running a program and following one have in common. Callbacks come one at a time.</summary>
public abstract record JobOptions
{
    /// <summary>
    /// Takes what the program writes, each stream in order and every byte once, also over broken lines. It is awaited, and what it does not take
    /// holds back the program. The bytes are the connection's own memory: valid until the call completes. What it throws ends the session
    /// (the job goes on) and comes out of <see cref="RemoteJob.Completion"/>.
    /// </summary>
    public Func<JobOutput, ReadOnlySequence<byte>, ValueTask>? OnOutput { get; init; }

    /// <summary>Told of bytes the server keeps no more; the stream goes on behind them.</summary>
    public Action<JobGap>? OnGap { get; init; }

    /// <summary>
    /// Told when something that was sent to the program was refused, though it is followed on: its input (subject <c>stdin</c>; it takes none, or a
    /// restarted server lost count), after which no more is sent, or a signal (subject <c>signal</c>).
    /// </summary>
    public Action<Refusal>? OnRefused { get; init; }

    /// <summary>Input will be written; without it the program's input is empty.</summary>
    public bool Input { get; init; }

    /// <summary>Of the client's terminal, 1 to 9,999; null means the server's choice.</summary>
    public int? Rows { get; init; }

    public int? Columns { get; init; }

    /// <summary>How long a lost line is dialled again, counted from the last sign of the server. Default 10 min; zero means not at all.</summary>
    public TimeSpan MaxTrying { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Called when the line was lost and is tried again: the reason and how long until then.</summary>
    public Action<Refusal, TimeSpan>? OnRetry { get; init; }

    /// <summary>Called when a lost line is back and the job is followed again: for how long it was gone.</summary>
    public Action<TimeSpan>? OnReconnected { get; init; }
}

/// <summary>A program to run, and how.</summary>
public sealed record RunOptions : JobOptions
{
    /// <summary>The program and its arguments, in whatever encoding; with <see cref="Shell"/>, the one line.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Arguments { get; init; }

    /// <summary>Additions to its environment, each <c>NAME=value</c>.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Environment { get; init; } = [];

    /// <summary>Working folder from the home; null means the home.</summary>
    public string? Folder { get; init; }

    /// <summary>The only argument is a line for <c>/bin/sh</c>.</summary>
    public bool Shell { get; init; }

    /// <summary>Give it a terminal: what it writes comes on stdout only, and its input has an end only by what is typed.</summary>
    public bool Terminal { get; init; }

    /// <summary>The kind of that terminal (<c>TERM</c>).</summary>
    public string? Term { get; init; }

    /// <summary>After which the server ends it.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Return as soon as it runs; nobody follows it.</summary>
    public bool Detach { get; init; }

    /// <summary>With nobody who follows, a full log makes the program wait instead of losing its middle.</summary>
    public bool WaitWhenFull { get; init; }

    /// <summary>
    /// 1 to 64 of <c>[A-Za-z0-9_-]</c>: the same key means the same job, and never a second one. Null makes one at random, which is enough
    /// for lost lines; give one to survive an end of this program.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>A program with its arguments in UTF-8.</summary>
    public static RunOptions Of(string program, params string[] arguments) => new() { Arguments = Texts([program, .. arguments]) };

    /// <summary>Texts as a program sees them, in UTF-8.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Texts(IEnumerable<string> texts) => [.. texts.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))];
}

/// <summary>A job to follow, and from where.</summary>
public sealed record AttachOptions : JobOptions
{
    /// <summary>Its id.</summary>
    public required string Job { get; init; }

    /// <summary>All that the server kept, instead of a little before the present end.</summary>
    public bool FromStart { get; init; }
}

namespace Switchboard.Protocol;

/// <summary>
/// Runs a program on the server and turns the connection into a session with it; answered by <see cref="JobStarted"/>, output, and <see cref="JobExit"/>.
/// The payload holds the program and its arguments, then the environment's additions (<c>NAME=value</c>), each ended by a NUL byte: any other
/// byte stands for itself, whatever the encoding.
/// </summary>
public sealed record RunRequest : Message
{
    public override string Type => "run";
    /// <summary>How many of the payload's texts are the program and its arguments; what follows is environment.</summary>
    public required int Arguments { get; init; }
    /// <summary>Made at random by the client, 1 to 64 characters of <c>[A-Za-z0-9_-]</c>: the same key after a broken line means the same job, and never a second one.</summary>
    public string? Key { get; init; }
    /// <summary>Working folder from the home; absent means the home.</summary>
    public string? Folder { get; init; }
    /// <summary>The one argument is a line for the shell.</summary>
    public bool? Shell { get; init; }
    /// <summary>Input follows in <see cref="StandardInput"/>; otherwise the program's input is empty.</summary>
    public bool? Input { get; init; }
    /// <summary>Give it a terminal: stdout and stderr are one stream then.</summary>
    public bool? Terminal { get; init; }
    /// <summary>The terminal's kind (<c>TERM</c>).</summary>
    public string? Term { get; init; }
    public int? Rows { get; init; }
    public int? Columns { get; init; }
    /// <summary>Seconds after which it is ended.</summary>
    public double? Timeout { get; init; }
    /// <summary>Answer <see cref="JobStarted"/> and <see cref="JobExit"/> at once and let it run.</summary>
    public bool? Detach { get; init; }
    /// <summary>With no reader, a full log makes it wait instead of losing the middle.</summary>
    public bool? WaitWhenFull { get; init; }
}

/// <summary>Follows a job, from a byte of each stream on; answered like <see cref="RunRequest"/>.</summary>
public sealed record AttachRequest : Message
{
    public override string Type => "attach";
    public required string Job { get; init; }
    /// <summary>As in <see cref="RunRequest.Key"/>: under whose count this client's input is taken.</summary>
    public string? Key { get; init; }
    /// <summary>First byte of stdout wanted; absent means a little before its present end.</summary>
    public long? Stdout { get; init; }
    /// <summary>First byte of stderr wanted; absent means a little before its present end.</summary>
    public long? Stderr { get; init; }
    public bool? Input { get; init; }
    public int? Rows { get; init; }
    public int? Columns { get; init; }
}

/// <summary>The job runs, or ran: where the session stands in each of its streams.</summary>
public sealed record JobStarted : Message
{
    public override string Type => "started";
    public required string Job { get; init; }
    public bool? Terminal { get; init; }
    /// <summary>The next byte of stdout that comes.</summary>
    public required long Stdout { get; init; }
    public required long Stderr { get; init; }
    /// <summary>How many bytes of input were taken under this session's key.</summary>
    public required long Stdin { get; init; }
    /// <summary>Most bytes of input that may be on their way and not yet <see cref="InputTaken"/>.</summary>
    public required long Window { get; init; }
}

/// <summary>Bytes of the program's standard output, or of its terminal.</summary>
public sealed record StandardOutput : Message
{
    public override string Type => "stdout";
    public required long Offset { get; init; }
}

/// <summary>Bytes of the program's standard error.</summary>
public sealed record StandardError : Message
{
    public override string Type => "stderr";
    public required long Offset { get; init; }
}

/// <summary>Bytes that were produced and are kept no more; the stream goes on behind them.</summary>
public sealed record OutputGap : Message
{
    public override string Type => "gap";
    /// <summary><c>stdout</c> or <c>stderr</c>.</summary>
    public required string Stream { get; init; }
    public required long Offset { get; init; }
    public required long Length { get; init; }
}

/// <summary>Bytes for the program's standard input; not answered, see <see cref="InputTaken"/>.</summary>
public sealed record StandardInput : Message
{
    public override string Type => "stdin";
    public required long Offset { get; init; }
    /// <summary>Nothing follows.</summary>
    public bool? End { get; init; }
}

/// <summary>The program's input has been given everything before this byte; after a broken line the client goes on from there.</summary>
public sealed record InputTaken : Message
{
    public override string Type => "taken";
    public required long Stdin { get; init; }
}

/// <summary>The client has everything before these bytes, and would ask for what follows after a broken line. Sent at least every 4 MiB and every 15 seconds.</summary>
public sealed record OutputReceived : Message
{
    public override string Type => "received";
    public required long Stdout { get; init; }
    public required long Stderr { get; init; }
}

/// <summary>The client's terminal has another size.</summary>
public sealed record Resize : Message
{
    public override string Type => "resize";
    public required int Rows { get; init; }
    public required int Columns { get; init; }
}

/// <summary>A signal for the session's job.</summary>
public sealed record SendSignal : Message
{
    public override string Type => "signal";
    /// <summary>Without <c>SIG</c>: <c>INT</c>, <c>TERM</c>, <c>KILL</c>, …</summary>
    public required string Signal { get; init; }
}

/// <summary>Leaves the session; the job goes on. Answered by <see cref="JobExit"/>.</summary>
public sealed record Detach : Message
{
    public override string Type => "detach";
}

/// <summary>Nothing to say: the line is alive.</summary>
public sealed record Pulse : Message
{
    public override string Type => "pulse";
}

/// <summary>End of a session (frame type <c>ok</c>).</summary>
public sealed record JobExit : Message
{
    public override string Type => "ok";
    public required string Job { get; init; }
    /// <summary><c>running</c> (the session was left), <c>ended</c>, or <c>lost</c>.</summary>
    public required string State { get; init; }
    /// <summary>Of an ended job, 0 to 255; 128 + n after signal n.</summary>
    public int? Exit { get; init; }
    /// <summary>Why the server ended it: <c>killed</c>, or a code of docs/protocol.md, chapter 13.</summary>
    public string? Reason { get; init; }
}

/// <summary>Lists the caller's jobs; answered by <see cref="Items"/> of <see cref="JobEntry"/>, then <c>ok</c>.</summary>
public sealed record JobsRequest : Message
{
    public override string Type => "jobs";
    /// <summary>Ended ones too.</summary>
    public bool? All { get; init; }
}

/// <summary>Describes one job; answered by <see cref="JobAnswer"/>.</summary>
public sealed record JobRequest : Message
{
    public override string Type => "job";
    public required string Job { get; init; }
}

public sealed record JobAnswer : Message
{
    public override string Type => "ok";
    public required JobEntry Entry { get; init; }
}

/// <summary>Sends a signal to a job from outside a session.</summary>
public sealed record KillRequest : Message
{
    public override string Type => "kill";
    public required string Job { get; init; }
    /// <summary>Without <c>SIG</c>; absent means <c>TERM</c>. <c>KILL</c> ends the whole tree of processes.</summary>
    public string? Signal { get; init; }
}

/// <summary>One job as lists show it.</summary>
public sealed record JobEntry
{
    public required string Id { get; init; }
    /// <summary>Program and arguments for people: quoted where needed, shortened to 1,000 characters.</summary>
    public required string Command { get; init; }
    /// <summary>Its working folder from the home.</summary>
    public required string Folder { get; init; }
    /// <summary><c>running</c>, <c>ended</c>, or <c>lost</c> (the server or its machine stopped beneath it).</summary>
    public required string State { get; init; }
    public required long Started { get; init; }
    public long? Ended { get; init; }
    public int? Exit { get; init; }
    /// <summary>As in <see cref="JobExit.Reason"/>.</summary>
    public string? Reason { get; init; }
    public required bool Terminal { get; init; }
    /// <summary>Sessions that follow it now.</summary>
    public required int Readers { get; init; }
    /// <summary>Bytes it has written to stdout.</summary>
    public required long Stdout { get; init; }
    public required long Stderr { get; init; }
    /// <summary>Bytes of both that were dropped from the middle.</summary>
    public required long Dropped { get; init; }
    /// <summary>Its program waits because the log is full.</summary>
    public required bool Waiting { get; init; }
}

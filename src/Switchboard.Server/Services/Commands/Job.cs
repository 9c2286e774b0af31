using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

internal enum JobState
{
    Running,
    Ended,

    /// <summary>The server or its machine stopped beneath it: nobody saw how it ended.</summary>
    Lost,
}

/// <summary>One run of a program: its processes, what they wrote, who reads it, and how it ended.</summary>
internal sealed class Job : IDisposable
{
    /// <summary>Between the polite signal and the one that cannot be ignored, where the server ends a job.</summary>
    private static readonly TimeSpan Politeness = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Poller _poller;
    private readonly TimeProvider _clock;
    private readonly Action<Job> _onEnded;
    private readonly JobReaders _readers;
    private JobPipes? _pipes;
    private Spool? _status;
    private ulong _statusKey;
    private int _root;
    private int _pendingSignal;
    private string? _reason;
    private JobEnding? _wanted;
    private ITimer? _deadline;
    private ITimer? _kill;
    private volatile JobEnding? _ending;

    private Job(JobRecord record, JobFolder folder, JobPipes? pipes, JobSurroundings around, JobEnding? ending)
    {
        (Record, Folder, _pipes, _ending) = (record, folder, pipes, ending);
        (_poller, _clock, _onEnded) = (around.Poller, around.Clock, around.OnEnded);
        _readers = new JobReaders(around.Options);
        Output = new JobOutput(folder, pipes, around.Options, _readers, _gate, Changed, record.WaitWhenFull, around.Poller);
        Input = pipes is not null && (record.Input || record.Terminal) ? new JobInput(folder, pipes.Input, record.Terminal, record.Key, around.Poller, Changed) : null;
    }

    public JobRecord Record { get; }

    public JobFolder Folder { get; }

    public JobOutput Output { get; }

    /// <summary>Null where its input is empty, or it has ended.</summary>
    public JobInput? Input { get; }

    /// <summary>Output, input taken, end.</summary>
    public Changed Changed { get; } = new();

    public string Id => Record.Id;

    public JobEnding? Ending => _ending;

    public JobState State => _ending switch { null => JobState.Running, { Lost: true } => JobState.Lost, _ => JobState.Ended };

    /// <summary>Bytes the account had stored when it began: a job may not bring an account over its quota, and one that was over it before may still run.</summary>
    public long StoredAtStart { get; init; }

    /// <summary>The first process of its tree on the machine; 0 while that is not known.</summary>
    public int Root => Volatile.Read(ref _root);

    /// <summary>A job that has its orders.</summary>
    public static Job Begin(JobRecord record, ReadySandbox sandbox, JobSurroundings around, long stored)
    {
        var job = new Job(record, sandbox.Folder, sandbox.Pipes, around, null) { StoredAtStart = stored };
        if (!record.Detached)
        {
            job._readers.Expect(record.Key ?? "");
        }

        job.Start();
        return job;
    }

    /// <summary>A job whose holder outlived the server that began it.</summary>
    public static Job Resume(JobRecord record, JobFolder folder, JobSurroundings around, long stored)
    {
        var job = new Job(record, folder, JobPipes.Open(folder), around, null) { StoredAtStart = stored };
        if (!record.Detached)
        {
            job._readers.Expect(record.Key ?? "");
        }

        job.Start();
        around.Poller.Post(job.ReadStatus);
        return job;
    }

    /// <summary>A job that is over, for its log.</summary>
    public static Job Over(JobRecord record, JobFolder folder, JobSurroundings around, JobEnding ending) => new(record, folder, null, around, ending);

    /// <summary>Follows it from a place in each stream on.</summary>
    /// <param name="key">The reader: one that was lost comes back under the same.</param>
    /// <param name="from">Of stdout and stderr; null for a little before the end.</param>
    /// <param name="size">Of the reader's terminal.</param>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadOffset"/>, <see cref="RefusalCode.OverLimit"/>.</exception>
    public JobReader Attach(string key, (long? Stdout, long? Stderr) from, TerminalSize? size)
    {
        lock (_gate)
        {
            var stdout = from.Stdout ?? JobReader.TailOf(Output.Spools[JobOutput.Stdout]);
            var stderr = from.Stderr ?? JobReader.TailOf(Output.Spools[JobOutput.Stderr]);
            if (stdout < 0 || stderr < 0 || stdout > Output.Spools[JobOutput.Stdout].End || stderr > Output.Spools[JobOutput.Stderr].End)
            {
                throw new RefusedException(RefusalCode.BadOffset, Id, "beyond what it wrote");
            }

            var position = _readers.Enter(key, stdout, stderr);
            position.Size = size ?? position.Size;
            FitTerminal();
            return new JobReader(this, key, stdout, stderr) { DrawnBefore = Record.Terminal && from.Stdout is null ? Output.Spools[JobOutput.Stdout].End : 0 };
        }
    }

    /// <summary>A reader has everything before these bytes.</summary>
    public void Received(string key, long stdout, long stderr)
    {
        lock (_gate)
        {
            _readers.Moved(key, stdout, stderr);
        }

        Output.Reconsider();
    }

    public void Leave(string key, bool forGood)
    {
        lock (_gate)
        {
            _readers.Leave(key, forGood);
            FitTerminal();
        }

        Output.Reconsider();
    }

    public void Resize(string key, TerminalSize size)
    {
        lock (_gate)
        {
            _readers.Resize(key, size);
            FitTerminal();
        }
    }

    /// <summary>Makes the program in a terminal draw again, for a reader that has not seen what it drew.</summary>
    public void Redraw() => Signal(ProcessTree.WindowChanged);

    /// <summary>Sends a signal to what is in the foreground; the one that kills goes to everything. A job that is over is no error.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            if (State is not JobState.Running)
            {
                return;
            }

            if (signal == ProcessTree.Kill)
            {
                _reason ??= "killed";
            }

            if (_root == 0)
            {
                // The sandbox is still being made: what comes first is not to be lost.
                Keep(signal);
                return;
            }

            Send(signal);
        }
    }

    /// <summary>Ends it for a reason of the server's: politely, then not.</summary>
    public void End(string reason, bool politely = true)
    {
        lock (_gate)
        {
            if (State is not JobState.Running || _kill is not null)
            {
                return;
            }

            _reason ??= reason;
            _kill = _clock.CreateTimer(_ => Signal(ProcessTree.Kill), null, politely ? Politeness : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        if (politely)
        {
            Signal(TermSignal);
        }
    }

    /// <summary>Once a second: readers that were waited for long enough, a full disk that has room again, a holder that is gone.</summary>
    public void Tick()
    {
        bool expired;
        lock (_gate)
        {
            expired = _readers.Expire(Environment.TickCount64);
            SendPending();
        }

        Output.Reconsider();
        if (expired)
        {
            Changed.Pulse();
        }

        _poller.Post(LookForEnd);
    }

    public JobEntry ToEntry()
    {
        lock (_gate)
        {
            return new JobEntry
            {
                Id = Id,
                Command = Record.Command,
                Folder = Record.Folder,
                State = State switch { JobState.Running => "running", JobState.Ended => "ended", _ => "lost" },
                Started = Record.Started,
                Ended = _ending?.Time,
                Exit = _ending?.Exit,
                Reason = _ending?.Reason,
                Terminal = Record.Terminal,
                Readers = _readers.Sessions,
                Stdout = Output.Spools[JobOutput.Stdout].End,
                Stderr = Output.Spools[JobOutput.Stderr].End,
                Dropped = Output.Dropped,
                Waiting = Output.IsFull,
            };
        }
    }

    /// <summary>Lets go of everything here; the processes go on where they can.</summary>
    public void Dispose()
    {
        _deadline?.Dispose();
        _kill?.Dispose();
        Output.Dispose();
        Input?.Dispose();
        if (_statusKey != 0)
        {
            _poller.Remove(_pipes!.Status, _statusKey);
        }

        _status?.Dispose();
        _pipes?.Dispose();
    }

    private const int TermSignal = 15;

    private void Start()
    {
        _status = Spool.Open(Folder.StatusFile);
        _statusKey = _poller.Add(_pipes!.Status, Readiness.Read, _ => ReadStatus());
        Output.Start();
        if (Record.Deadline is { } deadline)
        {
            var left = TimeSpan.FromMicroseconds(Math.Max(0, deadline - _clock.Microseconds()));
            _deadline = _clock.CreateTimer(_ => End(RefusalCode.Timeout.Name()), null, left, Timeout.InfiniteTimeSpan);
        }
    }

    // On the poller's thread. Who is gone has said before all that it had to say: so it is asked first, and listened to then.
    private void LookForEnd()
    {
        var held = State is not JobState.Running || IsHeld();
        ReadStatus();
        if (_wanted is { } wanted)
        {
            Finish(wanted);
        }
        else if (State is JobState.Running && !held)
        {
            Finish(new JobEnding { Time = _clock.Microseconds(), Lost = _reason is null, Reason = _reason });
        }
    }

    // On the poller's thread. Moved into a file before it is looked at: a server killed in between leaves it for the next one.
    private void ReadStatus()
    {
        if (_ending is not null || _pipes is null)
        {
            return;
        }

        _status!.TryTake(_pipes.Status, MostStatus, out _);
        var said = JobFolder.ReadStatus(_status);
        if (said.Process is { } root && _root == 0)
        {
            SetRoot(root);
        }

        if ((said.Exit ?? said.HolderExit) is { } exit)
        {
            // A sandbox that never told its first process was never made.
            var failed = said.Process is null;
            Finish(new JobEnding { Time = _clock.Microseconds(), Exit = failed ? null : exit, Reason = failed ? RefusalCode.RunUnavailable.Name() : _reason });
        }
    }

    private const int MostStatus = 16 * 1024;

    private void SetRoot(int root)
    {
        lock (_gate)
        {
            Volatile.Write(ref _root, root);
            SendPending();
        }
    }

    // Nothing outranks the one that kills, and a program that has not begun needs not be told to draw again.
    private void Keep(int signal)
    {
        if (_pendingSignal != ProcessTree.Kill && signal != ProcessTree.WindowChanged)
        {
            _pendingSignal = signal;
        }
    }

    private void SendPending()
    {
        if (_pendingSignal != 0 && _root != 0 && State is JobState.Running)
        {
            var signal = _pendingSignal;
            _pendingSignal = 0;
            Send(signal);
        }
    }

    // On the poller's thread.
    private void Finish(JobEnding ending)
    {
        if (_ending is not null)
        {
            return;
        }

        _wanted = ending;
        if (!Output.TryDrain())
        {
            // The log is full: its last words wait in the pipe until a reader has made room.
            return;
        }

        lock (_gate)
        {
            _ending = ending;
        }

        // Told first: the status file says the same, so a server that is killed here leaves nothing that the next one would tell otherwise.
        Changed.Pulse();
        Folder.Write(ending);
        _deadline?.Dispose();
        _kill?.Dispose();
        Release();
        _onEnded(this);
    }

    private void Release()
    {
        Output.Close();
        Input?.Dispose();
        _poller.Remove(_pipes!.Status, _statusKey);
        _statusKey = 0;
        JobFolder.Release(Folder.AckPipe);
        JobFolder.Release(Folder.HoldPipe);
        _pipes.Dispose();
        _pipes = null;
        Folder.RemovePipes();
    }

    private bool IsHeld() => Record.Terminal ? ProcessTree.StartOf(Record.Holder) == Record.HolderStart && Spawn.TryReap(Record.Holder) is -1 or null : JobFolder.IsHeld(Folder.AckPipe);

    private void Send(int signal)
    {
        if (signal == ProcessTree.Kill)
        {
            KillAll();
            return;
        }

        var foreground = _pipes is { IsTerminal: true } pipes ? PseudoTerminal.Foreground(pipes.Output) : 0;
        var program = Record.Confined ? ProcessTree.FirstChild(_root) : _root;
        if (program == 0)
        {
            // The sandbox has told its first process, which begins the program only now: the next tick looks again.
            Keep(signal);
            return;
        }

        var group = foreground > 1 ? foreground : ProcessTree.GroupOf(program);
        ProcessTree.SignalGroup(group, signal);
    }

    private void KillAll()
    {
        if (Record.Confined)
        {
            // The first process of a process namespace takes all others with it (pid_namespaces(7)).
            ProcessTree.Signal(_root, ProcessTree.Kill);
            return;
        }

        foreach (var process in ProcessTree.Marked($"SWITCHBOARD_JOB={Id}"))
        {
            ProcessTree.Signal(process, ProcessTree.Kill);
        }
    }

    private void FitTerminal()
    {
        if (_pipes is { IsTerminal: true } pipes && _readers.SmallestTerminal() is { } size)
        {
            PseudoTerminal.Resize(pipes.Output, size.Rows, size.Columns);
        }
    }
}

/// <summary>What every job works with.</summary>
/// <param name="Poller">The one thread of all jobs.</param>
/// <param name="Options">Limits.</param>
/// <param name="Clock">The time.</param>
/// <param name="OnEnded">Told on the poller's thread when a job is over.</param>
internal sealed record JobSurroundings(Poller Poller, CommandsOptions Options, TimeProvider Clock, Action<Job> OnEnded);

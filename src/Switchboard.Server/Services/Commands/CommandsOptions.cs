namespace Switchboard.Server.Services.Commands;

/// <summary>How jobs are kept apart from everything else.</summary>
public enum Confinement
{
    /// <summary>bubblewrap: namespaces, a view of its own of the file system, no capabilities.</summary>
    Bubblewrap,

    /// <summary>None: a job is an ordinary process of the server's user. Only for accounts that may administer.</summary>
    None,
}

/// <summary>What a job may do and how much of it is kept. Each default says where it comes from.</summary>
public sealed record CommandsOptions
{
    /// <summary>The folder of the jobs' folders, on a disk that can give back parts of files.</summary>
    public required string Jobs { get; init; }

    /// <summary>The data directory, which no job may see.</summary>
    public required string Data { get; init; }

    /// <summary>Other files of the server that no job may see, such as the key of an operator's own certificate.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    public Confinement Confinement { get; init; } = Confinement.Bubblewrap;

    /// <summary>Bytes of output kept of one job: an hour of a chatty build.</summary>
    public long LogBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of output kept of an account's ended jobs; the oldest go first.</summary>
    public long LogBytesPerAccount { get; init; } = 256L << 20;

    /// <summary>How long a reader whose line broke is waited for: a laptop carried to another room, a router that starts anew.</summary>
    public TimeSpan ReaderGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Jobs at once, of all accounts: four processes and six descriptors each.</summary>
    public int MaxJobs { get; init; } = 512;

    /// <summary>Jobs at once of one account; the same command for every machine of a rack.</summary>
    public int MaxJobsPerAccount { get; init; } = 64;

    /// <summary>Ended jobs kept of one account.</summary>
    public int KeptJobs { get; init; } = 64;

    /// <summary>Ended jobs are kept this long: what ran in the night is read in the morning, and on the day after.</summary>
    public TimeSpan KeptFor { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Longest a job may run; null is no bound.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>Processes and threads of one job: a parallel build of 64 and its compilers.</summary>
    public int Processes { get; init; } = 512;

    /// <summary>Address space of each process (RLIMIT_AS); null is no bound, because runtimes reserve far more than they use.</summary>
    public long? Memory { get; init; }

    /// <summary>Bytes of a job's own <c>/tmp</c>, which is memory.</summary>
    public long TemporaryBytes { get; init; } = 256L << 20;

    /// <summary>Sessions that follow one job.</summary>
    public int ReadersPerJob { get; init; } = 32;

    /// <summary>Most bytes of input on their way to a program: a round trip of 20 ms at 200 MB/s.</summary>
    public const long InputWindow = 4L << 20;

    /// <summary>Bytes of the program's arguments and environment in all; the kernel takes a quarter of the stack's 8 MiB (execve(2)).</summary>
    public const int ArgumentBytes = 2 << 20;

    /// <summary>Bytes of one argument (MAX_ARG_STRLEN less its NUL).</summary>
    public const int LongestArgument = (128 << 10) - 1;
}

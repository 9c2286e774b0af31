using Switchboard.Protocol;

namespace Switchboard.Cli.Output;

/// <summary>What the program ends with. Scripts rely on these.</summary>
internal static class ExitCode
{
    public const int Done = 0, Failed = 1, Usage = 2, Denied = 3, NotFound = 4, TryLater = 5, NoRoom = 6, NotVerified = 7;

    /// <summary>128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;

    /// <summary>A failure of our own where the exit code is a remote program's, as ssh has it.</summary>
    public const int OwnFailure = 255;

    /// <summary>128 + n after signal n.</summary>
    public const int BySignal = 128;

    /// <summary>Of a refusal: the table is the protocol's.</summary>
    public static int Of(RefusalCode code) => code.ExitCode();
}

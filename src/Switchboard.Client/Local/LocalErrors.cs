using Switchboard.Protocol;

namespace Switchboard.Client.Local;

/// <summary>This machine's errors as refusals, so that a caller has one kind to handle. The detail says that they are local.</summary>
internal static class LocalErrors
{
    /// <summary>How a detail of this side begins.</summary>
    public const string Here = "on this machine: ";

    private const int LinuxNoSpace = 28;
    private const int LinuxQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    public static bool IsLocal(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    public static RefusedException ToRefusal(Exception e, string path) =>
        e as RefusedException ?? new(new Refusal(CodeOf(e)) { Subject = path, Detail = Here + e.Message }, e);

    public static RefusedException Refuse(RefusalCode code, string path, string why) =>
        new(new Refusal(code) { Subject = path, Detail = Here + why });

    /// <summary>For code that runs on a connection's reading loop: there an untranslated <see cref="IOException"/> would be taken for the line's.</summary>
    public static T Run<T>(string path, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (IsLocal(e))
        {
            throw ToRefusal(e, path);
        }
    }

    /// <inheritdoc cref="Run{T}"/>
    public static void Run(string path, Action act) => Run(path, () =>
    {
        act();
        return true;
    });

    private static RefusalCode CodeOf(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => RefusalCode.NotFound,
        UnauthorizedAccessException => RefusalCode.Forbidden,
        PathTooLongException or ArgumentException => RefusalCode.BadName,
        { HResult: LinuxNoSpace or LinuxQuota or WindowsDiskFull or WindowsHandleDiskFull } => RefusalCode.DiskFull,
        _ => RefusalCode.Internal,
    };
}

using System.Runtime.InteropServices;
using Switchboard.Protocol;

namespace Switchboard.Server.Storage.Posix;

/// <summary>The one place where an error number becomes a refusal.</summary>
internal static class PosixErrors
{
    public static Errno Last => (Errno)Marshal.GetLastPInvokeError();

    /// <param name="subject">The path as the account sees it; never one of the server.</param>
    public static RefusedException ToRefusal(Errno error, string? subject)
    {
        var code = Code(error);
        // What a person can read from the code needs no number beside it.
        var detail = code is RefusalCode.Internal or RefusalCode.OverLimit or RefusalCode.Forbidden or RefusalCode.OutsideHome or RefusalCode.BadName
            or RefusalCode.Busy or RefusalCode.Unsupported ? error.ToString() : null;
        return new RefusedException(new Refusal(code) { Subject = subject, Detail = detail, RetryAfter = code is RefusalCode.Busy ? 1 : null });
    }

    private static RefusalCode Code(Errno error) => error switch
    {
        Errno.ENOENT or Errno.ESTALE => RefusalCode.NotFound,
        Errno.EEXIST => RefusalCode.Exists,
        Errno.ENOTDIR => RefusalCode.NotAFolder,
        Errno.EISDIR => RefusalCode.IsAFolder,
        Errno.ENOTEMPTY => RefusalCode.NotEmpty,
        // openat2 says EXDEV for a path, a link or a race that would leave the home, and ELOOP for magic links and endless ones.
        Errno.EXDEV or Errno.ELOOP => RefusalCode.OutsideHome,
        Errno.ENAMETOOLONG or Errno.EINVAL => RefusalCode.BadName,
        Errno.EACCES or Errno.EPERM => RefusalCode.Forbidden,
        Errno.EROFS => RefusalCode.ReadOnly,
        Errno.ENOSPC or Errno.EDQUOT => RefusalCode.DiskFull,
        Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.EMLINK or Errno.EFBIG => RefusalCode.OverLimit,
        Errno.EAGAIN or Errno.EBUSY or Errno.EINTR => RefusalCode.Busy,
        // FIFOs without a reader, sockets, and devices.
        Errno.ENXIO or Errno.ENODEV => RefusalCode.NotAFile,
        Errno.ENOSYS or Errno.EOPNOTSUPP => RefusalCode.Unsupported,
        _ => RefusalCode.Internal,
    };
}

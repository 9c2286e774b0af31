using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>One call's options, counters and callbacks. Callbacks come from one thread at a time.</summary>
internal sealed class Tally(TransferOptions how, IProgress<TransferProgress>? progress)
{
    private const int MostFailures = 1000;

    private readonly Lock sync = new();
    private readonly List<FileFailure> failures = [];
    private long files;
    private long skipped;
    private long folders;
    private long bytes;
    private long sent;
    private long failed;
    private FileResult? single;

    public TransferOptions How => how;

    public ProgressMeter Meter { get; } = new(progress);

    public RateLimit Rate { get; } = new(how.LimitRate);

    /// <summary>What would fail for every further file as well.</summary>
    public static bool StopsAll(RefusalCode code) => code is RefusalCode.OverQuota or RefusalCode.DiskFull or RefusalCode.ReadOnly
        or RefusalCode.LoginRequired or RefusalCode.LoginFailed or RefusalCode.AccountDisabled or RefusalCode.ServerUntrusted
        or RefusalCode.BadFrame or RefusalCode.UnsupportedVersion or RefusalCode.TooManyTries or RefusalCode.TlsRequired;

    public void Done(FileResult result)
    {
        lock (sync)
        {
            single = files + skipped == 0 ? result : null;
            _ = result.Skipped ? skipped++ : files++;
            bytes += result.Skipped ? 0 : result.Size;
            sent += result.Sent;
            how.OnFile?.Invoke(result);
        }

        Meter.FileDone();
    }

    public void Folder()
    {
        lock (sync)
        {
            folders++;
        }
    }

    /// <exception cref="RefusedException">The reason itself, when it would hit every further file too.</exception>
    public void Fail(string path, RefusedException reason)
    {
        var failure = new FileFailure(path, reason.Refusal);
        lock (sync)
        {
            failed++;
            if (failures.Count < MostFailures)
            {
                failures.Add(failure);
            }

            if (StopsAll(reason.Code))
            {
                throw reason;
            }

            how.OnFailure?.Invoke(failure);
        }
    }

    /// <exception cref="RefusedException">The only file's failure.</exception>
    public TransferSummary Finish()
    {
        Meter.Finish();
        return failed == 1 && files + skipped + folders == 0 ? throw new RefusedException(failures[0].Refusal) : Summary();
    }

    public TransferSummary Summary() =>
        new()
        {
            Files = files,
            Skipped = skipped,
            Folders = folders,
            Bytes = bytes,
            Sent = sent,
            Failed = failed,
            Failures = failures,
            Single = single,
        };
}

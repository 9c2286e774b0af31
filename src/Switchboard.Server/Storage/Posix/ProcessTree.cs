using System.Globalization;
using System.Runtime.InteropServices;

namespace Switchboard.Server.Storage.Posix;

/// <summary>Signals, and who descends from whom (proc(5)).</summary>
internal static partial class ProcessTree
{
    public const int Kill = 9, WindowChanged = 28;

    /// <summary>Sends a signal to a process. One that is gone is no error.</summary>
    public static bool Signal(int process, int signal) => process > 1 && kill(process, signal) == 0;

    /// <summary>Sends a signal to a process group, which is never our own. One that is gone is no error.</summary>
    public static bool SignalGroup(int group, int signal) => group > 1 && group != getpgid(0) && kill(-group, signal) == 0;

    /// <summary>The group of a process; 0 for one that is gone or none (to the kernel, 0 is the caller itself).</summary>
    public static int GroupOf(int process) => process > 1 ? Math.Max(0, getpgid(process)) : 0;

    public static bool IsThere(int process) => process > 1 && kill(process, 0) == 0;

    /// <summary>The first child, such as the program that a sandbox's first process started; 0 for none.</summary>
    public static int FirstChild(int process) => Children(process).FirstOrDefault();

    /// <summary>A process and all that descends from it, at most <paramref name="most"/>: what runs may change meanwhile.</summary>
    public static List<int> Of(int root, int most)
    {
        List<int> found = [root];
        for (var i = 0; i < found.Count && found.Count < most; i++)
        {
            found.AddRange(Children(found[i]));
        }

        return found;
    }

    /// <summary>Processes of this user that carry a setting in their environment, wherever they were moved to since.</summary>
    public static IEnumerable<int> Marked(string setting)
    {
        var mark = System.Text.Encoding.UTF8.GetBytes(setting + "\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(name => char.IsAsciiDigit(name[^1])))
        {
            if (Environment(folder + "/environ").AsSpan().IndexOf(mark) >= 0)
            {
                yield return Number(Path.GetFileName(folder));
            }
        }
    }

    private static byte[] Environment(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's, or gone.
            return [];
        }
    }

    /// <summary>When a process was started, in ticks since boot: with its number it names one process for good. Null when it is gone.</summary>
    public static long? StartOf(int process)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            // Field 22; the name in field 2 may hold anything, so fields count from behind its last bracket.
            return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Threads of all processes of a user, as RLIMIT_NPROC counts them.</summary>
    public static int ThreadsOf(int user)
    {
        var threads = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(name => char.IsAsciiDigit(name[^1])))
        {
            threads += OwnThreads(folder + "/status", user);
        }

        return threads;
    }

    private static int OwnThreads(string status, int user)
    {
        try
        {
            var isOwn = false;
            foreach (var line in File.ReadLines(status))
            {
                if (line.StartsWith("Uid:", StringComparison.Ordinal))
                {
                    isOwn = Number(line.Split('\t')[1]) == user;
                }
                else if (isOwn && line.StartsWith("Threads:", StringComparison.Ordinal))
                {
                    return Number(line.Split('\t')[1]);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return 0;
        }

        return 0;
    }

    private static List<int> Children(int process)
    {
        List<int> children = [];
        try
        {
            // A child belongs to the thread that made it.
            foreach (var thread in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
            {
                children.AddRange(File.ReadAllText(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked: what was found so far is what there is.
            return children;
        }

        return children;
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Whose rights this process has.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial int EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial int EffectiveGroup();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getpgid(int process);
}

using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Switchboard.Server.Connections;

/// <summary>
/// A server started by root gives root up before it opens a socket or a home, so that no bug of ours acts as uid 0.
/// The calls below change every thread: glibc passes them on (nptl(7), "NPTL and process credential changes").
/// </summary>
public static partial class Privileges
{
    /// <summary>The number used where no user <c>switchboard</c> exists: the port's, far above the ranges distributions hand out by themselves.</summary>
    public const int FallbackUser = 9527;

    public static int EffectiveUser => GetEffectiveUser();

    public static bool IsRoot => EffectiveUser == 0;

    /// <summary>Root becomes an ordinary user for good; anybody else stays who they are.</summary>
    public static void LeaveRoot(ServerOptions options, Log log)
    {
        if (!IsRoot)
        {
            return;
        }

        (int User, int Group) who = Choose(options.RunAs, options.Data);
        bool isNew = !Directory.Exists(options.Data);
        Directory.CreateDirectory(options.Data);
        if (isNew || !Directory.EnumerateFileSystemEntries(options.Data).Any())
        {
            GiveTo(options.Data, who);
        }

        Become(who);
        log.Info("server", string.Create(CultureInfo.InvariantCulture, $"started by root, running as user {who.User}"));
    }

    /// <summary>Whom a server of <paramref name="dataDirectory"/> becomes when root starts it.</summary>
    /// <param name="runAs">A name from the password file or a number; null picks by the rules of <see cref="ServerOptions.RunAs"/>.</param>
    /// <exception cref="InvalidOperationException">The name is unknown, or means root.</exception>
    private static (int User, int Group) Choose(string? runAs, string dataDirectory)
    {
        (int User, int Group)? chosen = runAs is null ? Find("switchboard") ?? OwnerOf(dataDirectory) : Find(runAs) ?? Number(runAs);
        return chosen switch
        {
            null when runAs is null => (FallbackUser, FallbackUser),
            null => throw new InvalidOperationException($"no user '{runAs}'"),
            { User: 0 } => throw new InvalidOperationException("the server does not run as root; name another user"),
            { } found => found,
        };
    }

    private static void GiveTo(string path, (int User, int Group) who)
    {
        if (ChangeOwner(path, who.User, who.Group) != 0)
        {
            throw new IOException($"chown {path}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Becomes <paramref name="who"/> for good, with no other groups. Nothing can take root back afterwards.</summary>
    private static void Become((int User, int Group) who)
    {
        LoadEverything();
        Check(SetGroups(0, 0), "setgroups");
        Check(SetResGid(who.Group, who.Group, who.Group), "setresgid");
        Check(SetResUid(who.User, who.User, who.User), "setresuid");
        if (GetEffectiveUser() != who.User)
        {
            throw new InvalidOperationException("still root after setresuid");
        }
    }

    /// <summary>
    /// The program may lie where only root can read (a checkout below /root). Assemblies are loaded when first used, which would
    /// then fail; so all that we refer to is loaded now, and cryptography has opened its native library.
    /// </summary>
    private static void LoadEverything()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies());
        while (next.TryDequeue(out Assembly? assembly))
        {
            foreach (AssemblyName name in References(assembly))
            {
                if (seen.Add(name.FullName))
                {
                    next.Enqueue(Assembly.Load(name));
                }
            }
        }

        RandomNumberGenerator.Fill(stackalloc byte[1]);
        SHA256.HashData([], stackalloc byte[32]);
    }

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Assemblies that trimming removed need no loading.")]
    private static AssemblyName[] References(Assembly assembly) => assembly.GetReferencedAssemblies();

    private static (int User, int Group)? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? (number, number) : null;

    private static (int User, int Group)? Find(string name)
    {
        foreach (string line in File.ReadLines("/etc/passwd"))
        {
            string[] fields = line.Split(':');
            if (fields.Length > 3 && fields[0] == name && Number(fields[2]) is { } user && Number(fields[3]) is { } group)
            {
                return (user.User, group.User);
            }
        }

        return null;
    }

    private static (int User, int Group)? OwnerOf(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return null;
        }

        return Storage.DataDirectory.OwnerOf(directory) is { User: not 0 } owner ? owner : null;
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"{call}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial int GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static partial int SetGroups(nint count, nint list);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetResGid(int real, int effective, int saved);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetResUid(int real, int effective, int saved);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int user, int group);
}

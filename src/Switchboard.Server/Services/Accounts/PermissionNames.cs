using Switchboard.Protocol;

namespace Switchboard.Server.Services.Accounts;

/// <summary>Permissions by the names people and the wire use.</summary>
public static class PermissionNames
{
    /// <summary>What an account gets when nothing is said; remote commands and links are off until granted.</summary>
    public const Permissions Default = Permissions.Files | Permissions.Chat;

    public const Permissions All = Permissions.Files | Permissions.Run | Permissions.Chat | Permissions.Admin | Permissions.Share;

    private static readonly (Permissions Permission, string Name)[] Names =
        [(Permissions.Files, "files"), (Permissions.Run, "run"), (Permissions.Chat, "chat"), (Permissions.Admin, "admin"), (Permissions.Share, "share")];

    public static string[] Of(Permissions permissions) => [.. Names.Where(n => permissions.HasFlag(n.Permission)).Select(n => n.Name)];

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for a name that is none.</exception>
    public static Permissions Parse(IEnumerable<string> names) => names.Aggregate(Permissions.None, (all, name) => all | One(name ?? ""));

    private static Permissions One(string name) => Names.FirstOrDefault(n => n.Name == name) is { Name: not null } found
        ? found.Permission
        : throw new RefusedException(RefusalCode.BadRequest, AccountName.Shorten(name), "permissions are files, run, chat, admin, share");
}

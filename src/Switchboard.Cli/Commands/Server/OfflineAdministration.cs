using Switchboard.Protocol;

namespace Switchboard.Cli.Commands.Server;

internal static class OfflineAdministration
{
    public static IAdministration Open(string data) => throw new RefusedException(RefusalCode.NoConnection, data);
}

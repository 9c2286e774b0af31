namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>What was removed, and can be put back.</summary>
internal static class BinVerbs
{
    public static Task ListAsync(WebRequest request) =>
        request.AnswerAsync(new BinBody(request.Door.Core.Files.Bin(request.Caller)), WebJson.Default.BinBody);

    public static async Task RestoreAsync(WebRequest request) =>
        await request.AnswerAsync(new PathBody(await request.Door.Core.Files.RestoreAsync(request.Caller, request.Route("id"))), WebJson.Default.PathBody);

    public static Task DropAsync(WebRequest request) => EmptyAsync(request, request.Route("id"));

    public static Task EmptyAsync(WebRequest request) => EmptyAsync(request, null);

    private static async Task EmptyAsync(WebRequest request, string? id)
    {
        await request.Door.Core.Files.EmptyBinAsync(request.Caller, id);
        await request.DoneAsync();
    }
}

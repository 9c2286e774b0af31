using Switchboard.Protocol;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>Looking at and arranging what is stored.</summary>
internal static class EntryVerbs
{
    public const string Prefix = WebVerbs.Api + "/entries/";

    /// <summary>Found names beyond it are no answer any more but a list to search in.</summary>
    private const int MostFound = 1_000;

    public static Task ListAsync(WebRequest request)
    {
        Files files = request.Door.Core.Files;
        string path = request.PathAfter(Prefix);
        Entry entry = files.Stat(request.Caller, path);
        if (entry.Type != "folder")
        {
            return request.AnswerAsync(new EntryBody(entry, null, null), WebJson.Default.EntryBody);
        }

        if (request.Text("search") is { Length: > 0 } text)
        {
            List<Entry> found = [.. files.List(request.Caller, path, recursive: true).Where(below => NameOf(below).Contains(text, StringComparison.OrdinalIgnoreCase)).Take(MostFound + 1)];
            bool isMore = found.Count > MostFound;
            return request.AnswerAsync(new EntryBody(entry, found.Take(MostFound), isMore ? true : null), WebJson.Default.EntryBody);
        }

        return request.AnswerAsync(new EntryBody(entry, files.List(request.Caller, path, request.Flag("recursive")), null), WebJson.Default.EntryBody);
    }

    public static async Task MakeFolderAsync(WebRequest request)
    {
        string path = request.PathAfter(Prefix);
        await request.Door.Core.Files.MakeFolderAsync(request.Caller, path, request.Flag("parents"), mode: null, modified: null);
        request.Response.StatusCode = 201;
    }

    public static async Task MoveAsync(WebRequest request)
    {
        MoveBody body = await request.ReadAsync(WebJson.Default.MoveBody);
        await request.Door.Core.Files.MoveAsync(request.Caller, body.From, body.To, body.Overwrite == true);
        await request.DoneAsync();
    }

    public static async Task RemoveAsync(WebRequest request)
    {
        await request.Door.Core.Files.RemoveAsync(request.Caller, request.PathAfter(ContentVerbs.Prefix), request.Flag("recursive"), request.Flag("forever"));
        await request.DoneAsync();
    }

    public static Task SpaceAsync(WebRequest request)
    {
        Space space = request.Door.Core.Files.Space(request.Caller);
        return request.AnswerAsync(
            new SpaceBody { Quota = space.Quota, Used = space.Used, Partial = space.Partial, Bin = space.Bin, Free = space.Free, DiskFree = space.DiskFree },
            WebJson.Default.SpaceBody);
    }

    public static Task UploadsAsync(WebRequest request) =>
        request.AnswerAsync(new UploadsBody(request.Door.Core.Files.Uploads(request.Caller)), WebJson.Default.UploadsBody);

    /// <summary>Digests of what is kept, so that whoever has the file can prove it before going on.</summary>
    public static Task LeavesAsync(WebRequest request) => LeavesAsync(request, new HomeUploads(request.Door.Core.Files, request.Caller), request.Route("id"));

    /// <summary>Digests of what is kept of an upload, for whoever has the file and goes on with it.</summary>
    public static async Task LeavesAsync(WebRequest request, IUploadPlace place, string id)
    {
        await using UploadLease lease = await request.Door.Uploads.TakeAsync(place, id, request.Cancel);
        List<string> leaves = [];
        await foreach (ReadOnlyMemory<byte> block in lease.Upload.KeptLeavesAsync(request.Cancel))
        {
            leaves.AddRange(block.ToArray().Chunk(32).Select(Convert.ToHexStringLower));
        }

        await request.AnswerAsync(new LeavesBody(FilesOptions.LeafSize, lease.Upload.Offset, leaves), WebJson.Default.LeavesBody);
    }

    private static string NameOf(Entry entry) => entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
}

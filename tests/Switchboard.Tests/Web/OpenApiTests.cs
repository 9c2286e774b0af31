using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Switchboard.Protocol;
using Switchboard.Server;
using Switchboard.Server.Doors.Web;
using Switchboard.Tests.Protocol;

namespace Switchboard.Tests.Web;

/// <summary>The description of the API says what the code does: address by address, field by field, code by code.</summary>
public partial class OpenApiTests
{
    private static readonly Dictionary<string, Type> Records = new()
    {
        ["BinEntry"] = typeof(BinEntry),
        ["Bin"] = typeof(BinBody),
        ["Restored"] = typeof(PathBody),
        ["Share"] = typeof(ShareEntry),
        ["Shares"] = typeof(SharesBody),
        ["NewShare"] = typeof(NewShareBody),
        ["MadeShare"] = typeof(ShareBody),
        ["ShareSecret"] = typeof(SecretBody),
        ["Shared"] = typeof(SharedBody),
        ["Lab"] = typeof(LabBody),
        ["LabGroup"] = typeof(LabGroupBody),
        ["LabExperiment"] = typeof(LabExperimentBody),
        ["ErrorAnswer"] = typeof(ErrorBody),
        ["Error"] = typeof(ErrorBody.Words),
        ["Login"] = typeof(LoginBody),
        ["Session"] = typeof(SessionBody),
        ["PasswordChange"] = typeof(PasswordBody),
        ["Entry"] = typeof(Entry),
        ["Entries"] = typeof(EntryBody),
        ["Move"] = typeof(MoveBody),
        ["Stored"] = typeof(StoredBody),
        ["Space"] = typeof(SpaceBody),
        ["Upload"] = typeof(UploadEntry),
        ["Uploads"] = typeof(UploadsBody),
        ["Leaves"] = typeof(LeavesBody),
        ["Room"] = typeof(RoomEntry),
        ["Rooms"] = typeof(RoomsBody),
        ["Message"] = typeof(HistoryEntry),
        ["Messages"] = typeof(MessagesBody),
        ["Post"] = typeof(PostBody),
        ["Posted"] = typeof(PostedBody),
        ["Job"] = typeof(JobEntry),
        ["Jobs"] = typeof(JobsBody),
        ["Run"] = typeof(RunBody),
        ["Signal"] = typeof(SignalBody),
        ["Token"] = typeof(TokenEntry),
        ["Tokens"] = typeof(TokensBody),
        ["NewToken"] = typeof(NewTokenBody),
        ["MadeToken"] = typeof(TokenBody),
        ["Account"] = typeof(AccountEntry),
        ["Accounts"] = typeof(AccountsBody),
        ["NewAccount"] = typeof(NewAccountBody),
        ["AccountChange"] = typeof(AccountChangeBody),
        ["MadeAccount"] = typeof(AccountBody),
        ["OpenSession"] = typeof(SessionEntry),
        ["OpenSessions"] = typeof(SessionsBody),
        ["AuditRecord"] = typeof(AuditEntry),
        ["Audit"] = typeof(AuditBody),
        ["Setting"] = typeof(ShownSetting),
        ["Settings"] = typeof(SettingsBody),
    };

    private static readonly JsonObject Document = Load();

    public static TheoryData<string> Schemas => [.. Records.Keys];

    private static IEnumerable<string> Described => Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method => $"{method.Key.ToUpperInvariant()} {path.Key}"));

    private static IEnumerable<string> Routed => WebVerbs.Table.Where(verb => verb.Pattern != "/{**path}")
        .Select(verb => $"{verb.Method} {verb.Pattern.Replace("{**", "{", StringComparison.Ordinal)}");

    [Fact]
    public void It_has_the_methods_and_addresses_of_the_table_and_no_others()
    {
        // GET answers HEAD too; it is described where it does something of its own.
        var described = Described.Where(one => !(one.StartsWith("HEAD ", StringComparison.Ordinal) && Described.Contains("GET" + one[4..])));
        Assert.Equal(Routed.Select(Unnamed).Order(StringComparer.Ordinal), described.Select(Unnamed).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_reference_leads_somewhere_and_everything_that_is_defined_is_used()
    {
        var used = References(Document).ToHashSet();
        Assert.All(used, reference => Assert.NotNull(reference[2..].Split('/').Aggregate((JsonNode?)Document, (node, name) => node?[name])));
        var defined = Document["components"]!.AsObject().Where(kind => kind.Key != "securitySchemes")
            .SelectMany(kind => kind.Value!.AsObject().Select(one => $"#/components/{kind.Key}/{one.Key}"));
        Assert.Empty(defined.Except(used));
    }

    [Fact]
    public void Names_in_an_address_are_its_parameters_and_operations_are_told_apart()
    {
        var operations = Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method => (Address: path.Key, Operation: method.Value!.AsObject()))).ToList();
        Assert.All(operations, one => Assert.Equal(Braced().Matches(one.Address).Select(match => match.Groups[1].Value).Order(), InPath(one.Operation).Order()));
        Assert.Equal(operations.Count, operations.Select(one => (string)one.Operation["operationId"]!).Distinct().Count());
        Assert.All(operations, one => Assert.NotNull(one.Operation["responses"]!["default"]));
    }

    [Fact]
    public void Nobody_is_let_in_without_a_login_where_it_says_that_one_is_needed()
    {
        var open = WebVerbs.Table.Where(verb => verb.Needs == WebNeeds.Nothing && verb.Pattern != "/{**path}").Select(verb => $"{verb.Method} {verb.Pattern}");
        var described = Described.Where(one => Document["paths"]![one[(one.IndexOf(' ') + 1)..]]![one[..one.IndexOf(' ')].ToLowerInvariant()]!["security"] is JsonArray schemes && !schemes.Any(scheme => scheme!["token"] is not null));
        Assert.Equal(open.Select(Unnamed).Order(), described.Select(Unnamed).Order());
        Assert.Equal(WebDoor.Cookie, (string)Document["components"]!["securitySchemes"]!["cookie"]!["name"]!);
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void A_schema_has_the_fields_of_its_record_with_their_types(string schema)
    {
        var described = Document["components"]!["schemas"]![schema]!;
        string[] required = described["required"]?.AsArray().Select(name => (string)name!).ToArray() ?? [];
        var told = described["properties"]!.AsObject()
            .Select(property => $"{property.Key} {Kind(property.Value!)} {(required.Contains(property.Key) ? "always" : "optional")}");
        var fields = Fields(Records[schema]).Select(field => $"{field.Name} {field.Kind} {(field.IsOptional ? "optional" : "always")}");
        Assert.Equal(fields.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_schema_is_held_against_a_record()
    {
        var described = Document["components"]!["schemas"]!.AsObject().Where(schema => (string?)schema.Value!["type"] == "object").Select(schema => schema.Key);
        Assert.Equal(Records.Keys.Order(), described.Order());
    }

    [Fact]
    public void Codes_and_their_statuses_are_those_of_the_server()
    {
        var expected = Enum.GetValues<RefusalCode>().Select(code => $"{WebErrors.Status(code)} {code.Name()}");
        var told = Operations().SelectMany(operation => operation["responses"]!.AsObject())
            .Where(answer => answer.Value!["$ref"] is not null).Select(answer => (Status: answer.Key, Answer: Resolve(answer.Value!)))
            .SelectMany(answer => (answer.Answer["x-codes"]?.AsArray() ?? []).Select(code => $"{answer.Status} {code}")).Distinct();
        Assert.Equal(expected.Order(), told.Order());
        var codes = Document["components"]!["schemas"]!["Code"]!["enum"]!.AsArray().Select(code => (string)code!);
        Assert.Equal(Enum.GetValues<RefusalCode>().Select(code => code.Name()).Order(), codes.Order());
    }

    [Fact]
    public void The_page_names_every_address_and_every_address_of_the_page_is_described()
    {
        string page = File.ReadAllText(ProtocolDocument.At("docs", "http.md"));
        var named = Named().Matches(page).Select(match => (Method: match.Groups[1].Value.Trim(), Address: Bare(match.Groups[2].Value))).ToList();
        // tus has its own chapter, which names the addresses and leaves the methods to the protocol.
        Assert.All(Described.Select(one => one.Split(' ')), one => Assert.Contains(named, known =>
            known.Address == Bare(one[1]) || (one[1].Contains("/tus", StringComparison.Ordinal) && known.Address == Bare(one[1])[..Bare(one[1]).IndexOf("/tus", StringComparison.Ordinal)] + "/tus")));
        Assert.All(Described.Where(one => !one.Contains("/tus", StringComparison.Ordinal) && !one.EndsWith("openapi.json", StringComparison.Ordinal)).Select(one => one.Split(' ')),
            one => Assert.Contains((one[0], Bare(one[1])), named));
        var described = Described.Select(one => one.Split(' ')).Select(one => (one[0], Bare(one[1]))).ToList();
        Assert.All(named.Where(one => one.Method.Length > 0), one => Assert.Contains(one, described));
    }

    private static JsonObject Load()
    {
        using var stream = typeof(WebVerbs).Assembly.GetManifestResourceStream("openapi.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }

    private static IEnumerable<JsonObject> Operations() => Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(method => method.Value!.AsObject());

    private static JsonNode Resolve(JsonNode node) => node["$ref"] is { } reference
        ? ((string)reference!)[2..].Split('/').Aggregate((JsonNode)Document, (at, name) => at[name]!)
        : node;

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject one => one.SelectMany(pair => pair.Key == "$ref" ? [(string)pair.Value!] : References(pair.Value)),
        JsonArray many => many.SelectMany(References),
        _ => [],
    };

    private static IEnumerable<string> InPath(JsonObject operation) => (operation["parameters"]?.AsArray() ?? [])
        .Select(parameter => Resolve(parameter!)).Where(parameter => (string)parameter["in"]! == "path").Select(parameter => (string)parameter["name"]!);

    private static IEnumerable<(string Name, string Kind, bool IsOptional)> Fields(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.Name != "EqualityContract")
        .Select(property => (JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), Kind(property.PropertyType), IsOptional(property)));

    private static bool IsOptional(PropertyInfo property) => new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;

    private static string Kind(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? "string"
            : type == typeof(bool) ? "boolean"
            : type == typeof(int) || type == typeof(long) ? "integer"
            : type == typeof(double) ? "number"
            : type == typeof(Dictionary<string, string>) ? "object"
            : type.IsArray ? $"array of {Kind(type.GetElementType()!)}"
            : type.IsGenericType ? $"array of {Kind(type.GetGenericArguments()[0])}"
            : Records.Single(record => record.Value == type).Key;
    }

    private static string Kind(JsonNode schema)
    {
        string? name = ((string?)schema["$ref"])?[(((string)schema["$ref"]!).LastIndexOf('/') + 1)..];
        return name is not null && Records.ContainsKey(name) ? name
            : (string)Resolve(schema)["type"]! is var type && type == "array" ? $"array of {Kind(Resolve(schema)["items"]!)}"
            : type;
    }

    /// <summary>The routes' own names for what stands in an address are no part of it.</summary>
    private static string Unnamed(string verb) => Braced().Replace(verb, "{}");

    /// <summary>An address without the version, with every name that stands for something else made alike.</summary>
    private static string Bare(string address) => Placeholder().Replace(address.Replace(WebVerbs.Api, "", StringComparison.Ordinal), "/*");

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Braced();

    [GeneratedRegex(@"/(?:\{\w+\}|[A-Z]+)(?=/|$)")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"(?<!\b[Aa]s |like )`((?:GET|HEAD|PUT|POST|PATCH|DELETE|OPTIONS) )?(/[\w./]+)[^`]*`")]
    private static partial Regex Named();
}

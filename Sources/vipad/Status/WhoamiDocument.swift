/// Who this router is in AWS: the answer to `GET /whoami`.
struct WhoamiDocument: JSONDocument {
  struct CredentialsDocument: JSONDocument {
    @OrNull var source: String?
    @OrNull var accessKeyId: String?
    @OrNull var expiration: String?
  }

  @OrNull var instanceId: String?
  @OrNull var networkInterfaceId: String?
  @OrNull var deviceIndex: Int?
  @OrNull var macAddress: String?
  @OrNull var interfaceName: String?
  @OrNull var privateIpAddress: String?
  @OrNull var subnetId: String?
  @OrNull var vpcId: String?
  @OrNull var availabilityZone: String?
  @OrNull var region: String?
  @OrNull var accountId: String?
  var credentials: CredentialsDocument
  var version: String
  var startedAt: String
  /// Why a member is null, by its name.
  var unavailable: [String: String]
}

import AWS
import Testing

@Suite struct RegionTests {
  @Test func comesFromTheFirstPlaceThatHasIt() throws {
    let files = try ProfileFiles(
      config: "[default]\nregion = from-profile\n[profile other]\nregion = from-other", credentials: nil)
    var settings = AWSSettings(environment: [:], profiles: files)
    #expect(settings.region() == "from-profile")
    settings.environment["AWS_PROFILE"] = "other"
    #expect(settings.region() == "from-other")
    settings.configuredProfile = "default"
    #expect(settings.region() == "from-profile")
    settings.environment["AWS_DEFAULT_REGION"] = "from-default-variable"
    #expect(settings.region() == "from-default-variable")
    settings.environment["AWS_REGION"] = "from-variable"
    #expect(settings.region() == "from-variable")
    settings.configuredRegion = "configured"
    #expect(settings.region() == "configured")
  }

  @Test func isLeftToIMDSWhereNothingSaysIt() {
    #expect(AWSSettings(environment: [:]).region() == nil)
    #expect(AWSSettings(environment: ["AWS_REGION": "", "AWS_PROFILE": "absent"]).region() == nil)
  }

  @Test func theCredentialsFileMaySayItToo() throws {
    let files = try ProfileFiles(
      config: "[default]\nregion = of-config", credentials: "[default]\nregion = of-credentials")
    #expect(AWSSettings(environment: [:], profiles: files).region() == "of-credentials")
  }
}

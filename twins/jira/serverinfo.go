package jira

import "twinset.dev/kit/twin"

func (j *Jira) serverInfoOperations() {
	j.on(twin.Full, "getServerInfo", j.getServerInfo).public()
}

// getServerInfo says what the site is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-server-info/#api-rest-api-3-serverinfo-get
func (j *Jira) getServerInfo(c *call) (any, error) {
	return obj{"baseUrl": c.base, "displayUrl": c.base, "displayUrlServicedeskHelpCenter": c.base, "displayUrlConfluence": c.base, "displayUrlCSMHelpSeeker": c.base, "version": "1001.0.0-SNAPSHOT", "versionNumbers": []int{1001, 0, 0},
		"deploymentType": "Cloud", "buildNumber": 100291, "buildDate": stamp(c.site.Created), "serverTime": stamp(c.at()), "scmInfo": "0f1dba9ab5b3a0c4c2b2a1a3b3e6cf3a2f1e0e22", "serverTitle": c.site.Title,
		"defaultLocale": obj{"locale": "en_US"}, "serverTimeZone": "UTC"}, nil
}

package check
import (_ "github.com/getkin/kin-openapi/openapi3"
_ "github.com/getkin/kin-openapi/openapi3filter"
_ "go.yaml.in/yaml/v3")
